"""Deployments from the comment to GitHub's record, on the sandbox with real git."""


def test_a_commit_goes_to_development(play):
    comment = play.say("bob", "/deploy dev")
    assert play.states() == ["deploying"]
    (run,) = play.runs()
    assert run.inputs["sha"] == play.head
    play.finish()
    assert play.states() == ["succeeded"]
    assert play.told() == [["in_progress", "success"]]
    assert play.reactions(comment) == ["+1", "eyes"]
