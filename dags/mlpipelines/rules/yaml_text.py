"""What goes wrong in the text of a file before it is a pipeline at all."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule("YM01", "duplicate-key", "error", "A key is given twice in one mapping.", fixed=True),
    Rule("YM02", "unquoted-template", "error", "A template in double braces stands without quotes.", fixed=True),
    Rule(
        "YM05",
        "wrong-space",
        "error",
        "A tab or a non-breaking space stands where YAML wants a plain space.",
        fixed=True,
    ),
    Rule("YM06", "alias-bomb", "error", "Aliases expand to more values than a pipeline may have.", fixed=True),
    Rule("YM07", "deep-nesting", "error", "Values are nested too deeply.", fixed=True),
    Rule("YM08", "key-not-text", "error", "A key is not text.", fixed=True),
    Rule("YM11", "yaml-syntax", "error", "The file is not valid YAML.", fixed=True),
    Rule("YM12", "encoding", "error", "The file is not UTF-8 text.", fixed=True),
    Rule("YM13", "empty-file", "error", "The file is empty.", fixed=True),
    Rule("YM14", "several-documents", "error", "The file holds more than one YAML document.", fixed=True),
    Rule("YM15", "yaml-tag", "error", "A value has a YAML tag.", fixed=True),
    Rule("YM16", "merge-key", "error", "A merge key (`<<`) is used.", fixed=True),
    Rule("YM17", "unknown-alias", "error", "An alias has no anchor before it.", fixed=True),
    Rule("YM18", "missing-space", "error", "A space is missing after a colon.", fixed=True),
    Rule("YM19", "decimal-comma", "error", "A number is written with a decimal comma.", fixed=True),
    Rule(
        "YM20", "file-too-large", "error", "The file, or a value in it, is larger than a pipeline may be.", fixed=True
    ),
    Rule("YM21", "unreadable-file", "error", "The file cannot be read.", fixed=True),
    Rule("YM22", "conflict-marker", "error", "A conflict that git has left stands in the file.", fixed=True),
    Rule(
        "YM23",
        "unquoted-reference",
        "error",
        "A reference inside braces or brackets stands without quotes.",
        fixed=True,
    ),
)
