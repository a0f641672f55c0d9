"""What was found -> a report: text for people, and what programs, GitHub and CI systems read."""

from __future__ import annotations

from collections.abc import Callable

from mlpipelines.reporting.outcome import Outcome

FORMATS = ("text", "json", "github", "sarif", "junit")


def report(outcome: Outcome, form: str, *, colour: bool = False, width: int = 120) -> str:
    """The report in one of FORMATS, without a line break at its end. Colour and width are for text."""
    if form == "text":
        from mlpipelines.reporting.text import text_report

        return text_report(outcome, colour=colour, width=width)
    return _writer(form)(outcome)


def _writer(form: str) -> Callable[[Outcome], str]:
    """Only what is asked for is imported."""
    if form == "github":
        from mlpipelines.reporting.github import github_report as writer
    elif form == "sarif":
        from mlpipelines.reporting.sarif import sarif_report as writer
    elif form == "junit":
        from mlpipelines.reporting.junit import junit_report as writer
    else:
        from mlpipelines.reporting.json import json_report as writer
    return writer


__all__ = ["FORMATS", "Outcome", "report"]
