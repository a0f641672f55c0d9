"""What Airflow and its operators do not do."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule("AF05", "needs-logical-date", "error", "A template uses what runs without a logical date do not have."),
    Rule("AF06", "removed-macro", "error", "A template uses what Airflow 3 no longer has."),
    Rule("AF21", "unknown-macro", "error", "A template uses a name that Airflow does not have."),
    Rule("AF22", "template-syntax", "error", "Airflow cannot read a template."),
    Rule("AF23", "not-rendered", "error", "A template stands where Airflow renders none."),
    Rule("AF24", "unknown-param", "error", "A template uses a parameter that the pipeline does not have."),
)
