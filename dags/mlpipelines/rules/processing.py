"""What AWS refuses in processing jobs."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule("SM404", "processing-path", "error", "A path does not lie below /opt/ml/processing."),
    Rule("SM405", "processing-gzip", "error", "Gzip is to be unpacked in another mode than Pipe."),
)
