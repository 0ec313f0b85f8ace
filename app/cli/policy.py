"""`gatewright policy suggest`: a first policy, inferred from what a repository holds."""

import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, urlsplit

import typer

from app.changes.borrow import borrowed
from app.changes.local import resolve
from app.changes.tree import list_tree
from app.core.facts import Sha
from app.core.policy.location import POLICY_PATHS
from app.core.policy.starter import Entry, starter
from app.errors import GatewrightError, SettingsError

commands = typer.Typer(help="Work on policy files.", no_args_is_help=True)

Repo = Annotated[Path, typer.Option(help="A local repository.")]
Revision = Annotated[str, typer.Option(help="What is looked at.")]
Page = Annotated[
    str,
    typer.Option(
        "--page", help="The repository's page, https://github.com/OWNER/REPO: print a link"
    ),
]


@commands.callback()
def _group() -> None:
    """Work on policy files."""


@commands.command("suggest")
def suggest(
    repo: Repo = Path(),
    revision: Revision = "HEAD",
    page: Page = "",
) -> None:
    """Print a policy that keeps every safe default and adds what the files suggest."""
    entries = _entries(repo, revision)
    existing = {each.path for each in entries} & set(POLICY_PATHS)
    if existing:
        raise GatewrightError(f"{existing.pop()!r} is there already; nothing is suggested over it")
    text = starter(entries)
    if page:
        print(_link(page, text))
    else:
        sys.stdout.write(text)


def _entries(repo: Path, revision: str) -> tuple[Entry, ...]:
    commit = Sha(resolve(repo, revision))
    with borrowed(repo) as git:
        return tuple(
            Entry(each.mode, each.path.decode("utf-8", "surrogateescape"))
            for each in list_tree(git, commit)
        )


def _link(page: str, text: str) -> str:
    """Return the page of GitHub that proposes the file; whoever opens it makes the pull request."""
    parts = urlsplit(page)
    if parts.scheme not in ("http", "https") or parts.path.count("/") != 2:  # noqa: PLR2004 - /OWNER/REPO
        raise SettingsError("--page must be an address such as https://github.com/acme/widgets")
    where = f"{page.rstrip('/')}/new/HEAD"
    return f"{where}?filename={quote(POLICY_PATHS[0], safe='')}&value={quote(text, safe='')}"
