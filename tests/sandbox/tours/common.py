"""What the tours share."""

from app.sandbox.world.pulls import Pull
from tests.sandbox.client import EVERYTHING, REPO, Client, Stage

R = f"/repos/{REPO}"
NOBODY = "http://127.0.0.1:9/"  # nobody listens on the discard port


def everything_bot(stage: Stage) -> Client:
    app = stage.box.add_app("Everything", EVERYTHING)
    return Client(stage.box, stage.box.installation_token(stage.box.install_app("acme", app)))


def another_pull(stage: Stage, branch: str, **files: str) -> Pull:
    box = stage.box
    content = {name.replace("__", "."): text for name, text in files.items()}
    box.commit(REPO, branch, content or {f"{branch}.txt": "new\n"}, author="bob")
    return box.open_pull_request(REPO, branch, author="bob", title=branch)
