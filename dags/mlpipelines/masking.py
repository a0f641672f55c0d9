"""YAML text -> the same text with the values of secret-looking keys replaced by `***`."""

from __future__ import annotations

import re

#: The names that Airflow itself masks in its user interface.
_WORDS = "access_?key|access_?token|api_?key|authorization|credential|pass_?phrase|passwd|password|private_?key"
_WORDS += "|secret|token"
#: The same without underscores. Almost every file has none of them, and a plain search finds this out at once.
_PLAIN_WORDS = _WORDS.replace("_?", "").split("|")
_LINE = re.compile(
    rf"^(?P<indent>\s*(?:- +)*)(?P<key>['\"]?[\w.-]*(?:{_WORDS})[\w.-]*['\"]?\s*:)(?P<value>\s+\S.*|\s*)$",
    re.IGNORECASE,
)
_FLOW = re.compile(
    rf"(?P<key>['\"]?[\w.-]*(?:{_WORDS})[\w.-]*['\"]?\s*:\s*)(?P<value>\"[^\"]*\"|'[^']*'|[^,}}\]\s][^,}}\]]*)",
    re.IGNORECASE,
)
_HARMLESS = re.compile(r"^\s*[\"']?(\$\{[^}]*\}|\{\{.*\}\}|true|false|null|~)?[\"']?\s*(#.*)?$")


def mask_secrets(text: str) -> str:
    """Mask the value of every key that looks secret; references and templates are not secrets and stay."""
    folded = text.casefold().replace("_", "")
    if not any(word in folded for word in _PLAIN_WORDS):
        return text
    lines: list[str] = []
    hidden_below = -1
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip())
        if hidden_below >= 0 and (not line.strip() or indent > hidden_below):
            continue
        hidden_below = -1
        found = _LINE.match(line)
        if found:
            if not found["value"].strip() or not _HARMLESS.match(found["value"]):
                line = f"{found['indent']}{found['key']} ***"
                hidden_below = len(found["indent"])
        elif "{" in line:
            line = _FLOW.sub(lambda m: m[0] if _HARMLESS.match(m["value"]) else f"{m['key']}***", line)
        lines.append(line)
    return "\n".join(lines)
