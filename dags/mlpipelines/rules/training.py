"""What AWS refuses in training jobs."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule("SM101", "spot-wait-too-short", "error", "A spot job may wait and train for less time than it may train."),
    Rule("SM102", "spot-without-wait", "error", "A spot job lacks the longest time that it may wait and train."),
    Rule("SM103", "wait-without-spot", "error", "A job waits for machines without being a spot job."),
    Rule("SM106", "warm-pool-with-spot", "error", "Spot machines are to be kept for the next job."),
    Rule("SM107", "warm-pool-with-groups", "error", "Groups of machines are to be kept for the next job."),
    Rule("SM118", "runs-too-long", "error", "A job may run longer than AWS lets any job run."),
    Rule("SM120", "gzip-without-pipe", "error", "Gzip is to be unpacked in another mode than Pipe."),
    Rule("SM122", "manifest-without-attributes", "error", "An augmented manifest lacks the attributes to read."),
    Rule("SM132", "records-without-pipe", "error", "Objects are to be wrapped into records in another mode than Pipe."),
    Rule("SM133", "unknown-instance-group", "error", "A channel names an instance group that the job does not have."),
    Rule(
        "SM134", "attributes-without-manifest", "error", "Attributes are named for data that is no augmented manifest."
    ),
)
