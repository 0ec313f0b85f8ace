"""Writing check runs on the sandbox: GitHub's limits, lost answers, no run twice."""

import pytest

from app.errors import GitHubUnavailableError, NotFoundError
from app.ports import Annotation, CheckOutput
from tests.sandbox.client import REPO

NAME = "gatewright/merge"


def output(hub, **changes) -> CheckOutput:
    plain = {
        "name": NAME,
        "head_sha": hub.stage.head,
        "external_id": "gw1:1",
        "conclusion": "failure",
        "title": "1 of 2 approvals",
        "summary": "Ask somebody.",
        "text": "{}",
        "annotations": (),
    }
    return CheckOutput(**{**plain, **changes})


def remarks(number: int) -> tuple[Annotation, ...]:
    return tuple(
        Annotation("src/a.py", line, "failure", f"title {line}", f"message {line}")
        for line in range(1, number + 1)
    )


def ours(hub):
    return hub.box.check_runs(REPO, hub.stage.head)


def lines(hub) -> list[int]:
    (run,) = ours(hub)
    return [each["start_line"] for each in run.output.annotations]


def test_a_run_is_created_as_it_should_stand(hub):
    run_id = hub.sink.create(output(hub, details_url="https://gw.example/v/1"))
    (run,) = ours(hub)
    found = (run.id, run.name, run.status, run.conclusion, run.external_id, run.details_url)
    wanted = (run_id, NAME, "completed", "failure", "gw1:1", "https://gw.example/v/1")
    assert found == wanted
    page = run.output
    assert (page.title, page.summary, page.text) == ("1 of 2 approvals", "Ask somebody.", "{}")


def test_a_run_without_conclusion_is_in_progress(hub):
    hub.sink.create(output(hub, conclusion=None))
    (run,) = ours(hub)
    assert (run.status, run.conclusion) == ("in_progress", None)


def test_a_run_is_brought_to_a_new_state(hub):
    run_id = hub.sink.create(output(hub, conclusion=None))
    hub.sink.update(run_id, output(hub, conclusion="success", title="2 of 2 approvals"))
    (run,) = ours(hub)
    assert (run.conclusion, run.output.title) == ("success", "2 of 2 approvals")


def test_a_lost_answer_does_not_make_a_second_run(hub):
    hub.box.fail_api("after", path="check-runs$", method="POST")
    run_id = hub.sink.create(output(hub))
    assert [run.id for run in ours(hub)] == [run_id]
    assert [(method, status) for method, _, status in hub.calls()] == [("POST", 502), ("GET", 200)]


def test_a_request_that_never_arrived_is_made_once_more(hub):
    hub.box.fail_api("status", path="check-runs$", method="POST", status=503)
    run_id = hub.sink.create(output(hub))
    assert [run.id for run in ours(hub)] == [run_id]
    sent = [method for method, _, _ in hub.calls()]
    assert sent == ["POST", "GET", "POST"]


def test_two_lost_requests_are_an_outage_and_no_run(hub):
    hub.box.fail_api("status", path="check-runs$", method="POST", count=2)
    with pytest.raises(GitHubUnavailableError):
        hub.sink.create(output(hub))
    assert ours(hub) == []


def test_a_run_is_found_by_its_external_id_among_many_of_its_name(hub):
    made = {f"gw1:{n}": hub.sink.create(output(hub, external_id=f"gw1:{n}")) for n in range(3)}
    assert hub.sink.find(output(hub, external_id="gw1:1")) == made["gw1:1"]
    assert hub.sink.find(output(hub, external_id="gw1:7")) is None
    assert hub.sink.find(output(hub, name="gatewright/ci", external_id="gw1:1")) is None


def test_somebody_elses_run_of_our_name_and_id_is_not_adopted(hub):
    hub.box.post_check(REPO, hub.stage.head, NAME, external_id="gw1:1")
    assert hub.sink.find(output(hub)) is None


@pytest.mark.parametrize(
    ("number", "requests"), [(0, 1), (1, 1), (50, 1), (51, 2), (100, 2), (101, 3), (120, 3)]
)
def test_annotations_are_sent_fifty_at_a_time_in_their_order(hub, number, requests):
    hub.sink.create(output(hub, annotations=remarks(number)))
    assert lines(hub) == list(range(1, number + 1))
    assert len(hub.calls()) == requests


def test_a_later_batch_changes_nothing_but_the_annotations(hub):
    hub.sink.create(output(hub, annotations=remarks(60)))
    (run,) = ours(hub)
    assert (run.conclusion, run.output.title, run.output.text) == (
        "failure",
        "1 of 2 approvals",
        "{}",
    )


@pytest.mark.parametrize("fault", ["after", "status"])
def test_a_lost_answer_to_a_batch_neither_doubles_nor_drops_it(hub, fault):
    hub.box.fail_api(fault, path=r"check-runs/\d+$", method="PATCH")
    hub.sink.create(output(hub, annotations=remarks(120)))
    assert lines(hub) == list(range(1, 121))


def test_annotations_of_a_finished_run_are_not_sent_twice(hub):
    run_id = hub.sink.create(output(hub, conclusion=None))
    hub.box.fail_api("after", path=r"check-runs/\d+$", method="PATCH")
    with pytest.raises(GitHubUnavailableError):
        hub.sink.update(run_id, output(hub, annotations=remarks(3)))
    assert lines(hub) == [1, 2, 3]


def test_a_lost_answer_to_a_plain_update_is_repeated(hub):
    run_id = hub.sink.create(output(hub, conclusion=None))
    hub.box.fail_api("after", path=r"check-runs/\d+$", method="PATCH", count=2)
    hub.sink.update(run_id, output(hub, conclusion="success"))
    assert [run.conclusion for run in ours(hub)] == ["success"]


@pytest.mark.parametrize("character", ["x", "ü", "🚀"])
@pytest.mark.parametrize("field", ["summary", "text"])
def test_a_long_text_is_cut_between_characters_and_says_how_much_is_missing(hub, field, character):
    length = 200_000
    hub.sink.create(output(hub, **{field: character * length}))
    (run,) = ours(hub)
    shown = getattr(run.output, field)
    kept = shown.count(character)
    assert shown == character * kept + f" … ({length - kept} more characters)"
    assert 65_000 < len(shown.encode()) <= 65_535


def test_a_text_of_just_the_allowed_length_is_whole(hub):
    hub.sink.create(output(hub, text="x" * 65_535))
    (run,) = ours(hub)
    assert run.output.text == "x" * 65_535


def test_a_long_annotation_is_cut(hub):
    remark = Annotation("a.py", 1, "warning", "t" * 1000, "m" * 100_000)
    hub.sink.create(output(hub, annotations=(remark,)))
    (run,) = ours(hub)
    (shown,) = run.output.annotations
    assert len(shown["title"].encode()) <= 255
    assert len(shown["message"].encode()) <= 64_000
    assert "more characters" in shown["title"]


def test_a_run_on_a_renamed_repository_is_made_under_its_new_name(hub):
    repository = hub.repository
    sink = hub.github.sink(repository)
    hub.box.rename_repo(REPO, "gadgets")
    run_id = sink.create(output(hub))
    sink.update(run_id, output(hub, conclusion="success"))
    (run,) = hub.box.check_runs("acme/gadgets", hub.stage.head)
    assert (run.id, run.conclusion) == (run_id, "success")


def test_a_run_on_a_deleted_repository_is_not_found(hub):
    sink, wanted = hub.sink, output(hub)
    hub.box.delete_repo(REPO)
    with pytest.raises(NotFoundError):
        sink.create(wanted)
