"""Many callers at once: nothing is lost and nothing is mixed up."""

from concurrent.futures import ThreadPoolExecutor

from tests.sandbox.client import REPO, Client, Stage
from tests.sandbox.receiver import receiving

R = f"/repos/{REPO}"
CALLERS, EACH = 8, 10


def test_answers_and_deliveries_of_many_threads_are_whole(stage: Stage) -> None:
    tokens = [stage.box.token_for(login) for login in ("alice", "bob", "carol", "mallory")]

    def talk(number: int) -> list[tuple[str, str]]:
        caller = Client(stage.box, tokens[number % len(tokens)])
        login = caller.get("/user")["login"]
        made = [
            caller.post(f"{R}/issues/1/comments", {"body": f"{number} {turn}"})
            for turn in range(EACH)
        ]
        return [(each["user"]["login"], login) for each in made]

    with receiving() as receiver:
        stage.box.webhook_url = receiver.url
        with ThreadPoolExecutor(CALLERS) as pool:
            answers = [pair for pairs in pool.map(talk, range(CALLERS)) for pair in pairs]
        stage.box.wait_idle(30)
    assert all(said == asked for said, asked in answers)
    ids = [hook.payload["comment"]["id"] for hook in receiver.hooks]
    assert (len(ids), ids) == (CALLERS * EACH, sorted(ids))
    assert len(stage.bob.get(f"{R}/issues/1/comments?per_page=100")) == CALLERS * EACH


def test_pushes_at_once_end_at_one_head(stage: Stage) -> None:
    def push(number: int) -> str:
        return stage.box.commit(REPO, "feature", {f"{number}.txt": "x\n"}, author="bob")

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(push, range(12)))
    pull = stage.bob.get(f"{R}/pulls/1")
    assert pull["head"]["sha"] == stage.box.sha(REPO, "feature")
    assert pull["head"]["sha"] in made
    assert (pull["commits"], pull["changed_files"]) == (13, 13)
