"""What is wrong with an installation and what to click, from what was read of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.core.gates.wording import listed
from app.core.installing.rights import EVENTS, EVERY, lacking, permissions
from app.core.text import quoted

_SKEW = timedelta(seconds=30)
_ANSWERED = range(200, 300)
MERGE_CHECK = "gatewright/merge"


class State(StrEnum):
    """How a finding stands: well, worth a look, or in the way."""

    GOOD = "good"
    LOOK = "look"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `remedy` says what to do, `page` where to click."""

    area: str
    state: State
    says: str
    remedy: str = ""
    page: str = ""


@dataclass(frozen=True, slots=True)
class AppSeen:
    """The App's registration as GitHub has it."""

    slug: str
    owner: str
    is_of_organisation: bool
    permissions: Mapping[str, str]
    events: Sequence[str]

    def page(self, github_url: str, part: str) -> str:
        """Return a page of the App's settings."""
        whose = f"organizations/{self.owner}/" if self.is_of_organisation else ""
        return f"{github_url}/{whose}settings/apps/{self.slug}/{part}".rstrip("/")


@dataclass(frozen=True, slots=True)
class HookSeen:
    """Where GitHub sends deliveries, and what became of the last ones, newest first."""

    url: str
    content_type: str
    is_checked: bool
    has_secret: bool
    answers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountSeen:
    """An installation of the App on an account."""

    id: int
    account: str
    is_suspended: bool
    permissions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BranchSeen:
    """What must be green on a default branch; an app's id beside each check, None for anybody."""

    repository: str
    branch: str
    required: tuple[tuple[str, int | None], ...]


def clock(ours: datetime, theirs: datetime | None) -> Finding:
    """Compare our clock with GitHub's: tokens of the App hold for minutes."""
    if theirs is None:
        return Finding("clock", State.LOOK, "GitHub did not say what time it is")
    apart = abs(ours - theirs)
    seconds = int(apart.total_seconds())
    if apart <= _SKEW:
        return Finding("clock", State.GOOD, f"{seconds} s apart from GitHub's")
    return Finding("clock", State.BAD, f"{seconds} s apart from GitHub's", "Set the clock by NTP.")


def rights(app: AppSeen, github_url: str) -> Iterator[Finding]:
    """Compare what the App asks for with what is needed."""
    page = app.page(github_url, "permissions")
    lacks = list(lacking(app.permissions))
    for purpose, permission, has, needed in lacks:
        state = State.BAD if purpose == EVERY else State.LOOK
        says = f"{permission} is {has}; {purpose} needs {needed}"
        yield Finding("permissions", state, says, f"Set {permission} to {needed}.", page)
    if not lacks:
        yield Finding("permissions", State.GOOD, f"all {len(permissions())} are asked for")
    missing = [each for each in EVENTS if each not in app.events]
    if missing:
        says = f"not subscribed to {listed(missing)}"
        yield Finding("events", State.BAD, says, "Subscribe to them.", page)
    else:
        yield Finding("events", State.GOOD, f"all {len(EVENTS)} are subscribed to")


def hook(seen: HookSeen, app: AppSeen, public_url: str, github_url: str) -> Iterator[Finding]:
    """Look at where deliveries go and whether they arrive."""
    wrong = tuple(_wrong_with_hook(seen, app.page(github_url, ""), public_url))
    yield from wrong or (Finding("webhook", State.GOOD, f"deliveries go to {seen.url}"),)
    yield from _arrivals(seen, app.page(github_url, "advanced"))


def _wrong_with_hook(seen: HookSeen, page: str, public_url: str) -> Iterator[Finding]:
    wanted = f"{public_url}/webhook" if public_url else ""
    if not seen.url:
        yield Finding("webhook", State.BAD, "no address is set", "Set the webhook's URL.", page)
    elif wanted and seen.url != wanted:
        says = f"deliveries go to {quoted(seen.url)}, and this instance is {quoted(wanted)}"
        yield Finding("webhook", State.BAD, says, "Set the URL, or GATEWRIGHT_PUBLIC_URL.", page)
    if seen.content_type != "json":
        yield Finding("webhook", State.BAD, "deliveries are no JSON", "Choose JSON.", page)
    if not seen.has_secret:
        says = "deliveries are not signed"
        yield Finding("webhook", State.BAD, says, "Set GATEWRIGHT_WEBHOOK_SECRET there too.", page)
    if not seen.is_checked:
        says = "GitHub does not check this server's certificate"
        yield Finding("webhook", State.LOOK, says, "Enable SSL verification.", page)


def _arrivals(seen: HookSeen, page: str) -> Iterator[Finding]:
    if not seen.answers:
        says = "nothing was delivered yet"
        yield Finding("deliveries", State.LOOK, says, "Install the App, or open a pull request.")
    elif seen.answers[0] not in _ANSWERED:
        failed = sum(each not in _ANSWERED for each in seen.answers)
        says = f"{failed} of the last {len(seen.answers)} failed, the newest with {seen.answers[0]}"
        yield Finding("deliveries", State.BAD, says, "Let GitHub reach this server.", page)
    else:
        says = f"the newest of {len(seen.answers)} was answered with {seen.answers[0]}"
        yield Finding("deliveries", State.GOOD, says)


def accounts(seen: Sequence[AccountSeen], app: AppSeen, github_url: str) -> Iterator[Finding]:
    """Look at each installation: whether it is there, awake, and has accepted what is asked."""
    if not seen:
        page = f"{github_url}/apps/{app.slug}/installations/new"
        yield Finding("installations", State.BAD, "nobody installed the App", "Install it.", page)
    for each in seen:
        page = f"{github_url}/settings/installations/{each.id}"
        if each.is_suspended:
            says = f"{quoted(each.account)} suspended the App"
            yield Finding("installations", State.BAD, says, "Unsuspend it.", page)
            continue
        pending = [name for _, name, _, _ in lacking(each.permissions)]
        asked = [name for name in pending if name in app.permissions]
        if asked:
            says = f"{quoted(each.account)} has not accepted {listed(dict.fromkeys(asked))}"
            yield Finding("installations", State.LOOK, says, "Accept the new permissions.", page)
        else:
            yield Finding("installations", State.GOOD, f"{quoted(each.account)} is served")


def branch(seen: BranchSeen, app_id: int, github_url: str) -> Finding:
    """Tell whether nothing can be merged into a default branch around the gates."""
    where = f"{quoted(seen.repository)}, branch {quoted(seen.branch)}"
    page = f"{github_url}/{seen.repository}/settings/rules"
    apps = [app for name, app in seen.required if name == MERGE_CHECK]
    remedy = f"Require the check {MERGE_CHECK} with this App as its source."
    if app_id in apps:
        return Finding("protection", State.GOOD, f"{where}: the gates must pass")
    if apps:
        says = f"{where}: anybody can post a check of the name {MERGE_CHECK}"
        return Finding("protection", State.BAD, says, remedy, page)
    return Finding("protection", State.BAD, f"{where}: nothing asks for the gates", remedy, page)


def worst(found: Sequence[Finding]) -> State:
    """Return how the worst finding stands."""
    order = (State.GOOD, State.LOOK, State.BAD)
    return max((each.state for each in found), key=order.index, default=State.LOOK)
