"""How long the steps of a local run took."""

from __future__ import annotations

from mlpipelines.local.runs.run import StepRun


def test_a_step_takes_from_its_first_start_to_its_end() -> None:
    step = StepRun("train")
    for event, time in (("running", 100.0), ("running", 103.0), ("success", 105.0)):
        step.take({"event": event, "time": time})
    assert (step.state, step.seconds, step.message) == ("success", 5.0, "")


def test_a_step_that_fails_before_it_starts_took_no_time() -> None:
    step = StepRun("note")
    step.take({"event": "failed", "time": 1_795_256_103.0, "message": "no such output"})
    assert (step.state, step.seconds, step.message) == ("failed", 0.0, "no such output")
