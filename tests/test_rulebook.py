"""The page of the rules: up to date, complete, and Markdown that shows what was meant."""

from __future__ import annotations

import re

from mlpipelines.controls import read_controls
from mlpipelines.markdown import fenced, prose
from mlpipelines.policy import read_policy
from mlpipelines.rulebook import RULEBOOK, rules_text
from mlpipelines.rules import FAMILIES, RULES, left_out
from tests.conftest import ROOT

TEXT = rules_text()


def test_the_page_of_the_rules_is_up_to_date() -> None:
    assert (ROOT / "schemas" / RULEBOOK).read_text(encoding="utf-8") == TEXT, "run `mlpipelines schemas`"


def test_every_rule_has_its_section_and_its_row() -> None:
    assert re.findall(r"^### (\w+)$", TEXT, re.MULTILINE) == [r.id for family in FAMILIES for r in family.RULES]
    rows = re.findall(r"^\| \[(\w+)\]\(#(\w+)\) \| ([\w-]+) \|", TEXT, re.MULTILINE)
    assert rows == [(rule.id, rule.id.lower(), rule.name) for rule in sorted(RULES.values(), key=lambda rule: rule.id)]


def test_what_is_not_checked_is_there_with_its_reason() -> None:
    section = TEXT.split("\n## Not checked, and why\n")[1]
    assert left_out()
    for id, why in left_out().items():
        assert id not in RULES, "what is left out is no rule"
        assert f"| {id} | " in section
        assert why


def test_nothing_on_the_page_is_taken_for_html_and_tables_are_whole() -> None:
    shown = re.sub(r"^(```+).*?^\1$", "", TEXT, flags=re.DOTALL | re.MULTILINE)
    assert re.findall(r"<[a-z/!]", re.sub(r"`[^`\n]*`", "", shown)) == []
    for table in re.findall(r"(?:^\|.*\n)+", shown, re.MULTILINE):
        counts = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(counts) == 1, table


def test_what_the_page_says_of_settings_and_comments_works(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (settings,) = re.findall(r"^```toml\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
    (tmp_path / "pyproject.toml").write_text(settings)
    assert read_policy(tmp_path / "pyproject.toml").mistakes == ()
    example = TEXT.split("## Ignoring a rule")[1].split("```")[1].removeprefix("yaml\n")
    controls = read_controls(example, "x")
    assert ([ignore.rule for ignore in controls.ignores], controls.problems) == (["SM812"], ())


def test_markdown_shows_what_is_written() -> None:
    assert prose("a <b> of ${x.y} and {{ ds }} in `<c>`") == "a &lt;b> of `${x.y}` and `{{ ds }}` in `<c>`"
    assert fenced("\na\n```\nb\n", "yaml") == "````yaml\na\n```\nb\n````"
