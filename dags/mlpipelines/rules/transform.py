"""What AWS refuses in batch transforms."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule("SM302", "payload-too-large", "error", "More than 100 MB are under way to one machine."),
    Rule(
        "SM303",
        "records-without-split",
        "error",
        "Several records are to be sent together, and nothing tells them apart.",
    ),
    Rule("SM308", "wrong-filter", "error", "A filter is no JSONPath, or none that works for CSV."),
    Rule(
        "SM312", "csv-filter-without-split", "error", "CSV is to be filtered or joined without being split into lines."
    ),
)
