"""What the language of pipeline files does not allow."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule("PL101", "unknown-field", "error", "A field is unknown where it stands.", fixed=True),
    Rule("PL102", "missing-field", "error", "A field is missing.", fixed=True),
    Rule("PL103", "wrong-type", "error", "A value is of the wrong type.", fixed=True),
    Rule("PL104", "wrong-value", "error", "A value is not allowed.", fixed=True),
    Rule("PL105", "wrong-key", "error", "A name is not allowed as a key.", fixed=True),
    Rule("PL106", "too-many-fields", "error", "Fields are given that exclude each other.", fixed=True),
    Rule("PL107", "no-effect", "error", "A field has no effect.", fixed=True),
    Rule("PL108", "reserved-key", "error", "A key is reserved.", fixed=True),
    Rule("PL109", "wrong-name", "error", "The name of a pipeline is not that of its file.", fixed=True),
    Rule("PL110", "duplicate-name", "error", "Two files have the same name.", fixed=True),
    Rule("PL111", "misplaced-defaults", "error", "A file of defaults lies where no defaults are read.", fixed=True),
    Rule("PL112", "too-large", "error", "A step becomes larger than Airflow can store.", fixed=True),
    Rule(
        "PL201", "wrong-reference", "error", "A reference is malformed, or stands where none can be used.", fixed=True
    ),
    Rule("PL202", "unknown-step", "error", "A step is named that does not exist.", fixed=True),
    Rule("PL203", "unknown-output", "error", "A step is asked for an output that it does not have.", fixed=True),
    Rule("PL204", "self-reference", "error", "A step refers to itself.", fixed=True),
    Rule("PL205", "cycle", "error", "Steps wait for each other.", fixed=True),
    Rule("PL206", "unknown-variable", "error", "A variable is used that the file does not have.", fixed=True),
    Rule("PL301", "wrong-schedule", "error", "A schedule is malformed.", fixed=True),
    Rule("PL302", "wrong-cron", "error", "A cron expression is malformed.", fixed=True),
    Rule("PL303", "wrong-date", "error", "A date is malformed or in the wrong order.", fixed=True),
    Rule("PL304", "unknown-timezone", "error", "A time zone does not exist.", fixed=True),
    Rule(
        "PL305",
        "catchup-without-start",
        "error",
        "Runs are to be caught up with, and nothing says from when.",
        fixed=True,
    ),
    Rule("PL306", "wrong-asset", "error", "An asset is malformed.", fixed=True),
    Rule("PL307", "wrong-param", "error", "A parameter is malformed.", fixed=True),
    Rule("PL401", "wrong-split", "error", "The parts of a split do not add up.", fixed=True),
    Rule(
        "PL402", "wrong-column", "error", "A column is named that does not exist, or is needed and dropped.", fixed=True
    ),
    Rule("PL403", "unknown-callable", "error", "A function does not exist.", fixed=True),
    Rule("PL404", "wrong-arguments", "error", "A function does not take the arguments given.", fixed=True),
    Rule("PL405", "wrong-metric", "error", "A metric is named or defined wrongly.", fixed=True),
    Rule("PL407", "wrong-range", "error", "The ranges of a tuning step are wrong.", fixed=True),
    Rule("PL408", "misplaced-code", "error", "Code lies where deployments do not carry it.", fixed=True),
    Rule("PL409", "missing-code", "error", "Code is named that does not exist.", fixed=True),
    Rule("PL410", "wrong-branch", "error", "A branch leads to steps that can never run.", fixed=True),
    Rule("PL411", "no-region", "error", "An algorithm's image depends on a region that is not known.", fixed=True),
    Rule("PL501", "broken-template", "error", "A template of a step type fails.", fixed=True),
    Rule("PL502", "internal", "error", "mlpipelines itself fails.", fixed=True),
)
