"""Mistakes in the comments that ignore other rules."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

_STEP = """\
t:
  type: train
  algorithm: knn
  hyperparameters: {predictor_type: classifier, feature_dim: 4, k: 3, sample_size: 150}
  channels: {train: s3://data/x}
"""
_SOURCE = "the language of mlpipelines"

RULES: tuple[Rule, ...] = (
    Rule(
        "PL901",
        "wrong-ignore",
        "error",
        "A comment is to ignore a rule and is not written as such comments are.",
        "Nothing is ignored by it. The form is `# mlpipelines: ignore[SM812] reason`, with one id or several.",
        wrong=f"{_STEP}  instance_type: ml.m99.large  # mlpipelines: ignore  # <-\n".replace("ml.m99", "ml.m5"),
        right=f"{_STEP}  instance_type: ml.m99.large  # mlpipelines: ignore[SM812] our account has it early\n",
        source=_SOURCE,
        verified="code",
    ),
    Rule(
        "PL902",
        "ignore-without-reason",
        "error",
        "A rule is ignored without a reason.",
        "Whoever reads the file later cannot tell whether the rule may be heeded again. Write the reason behind the "
        "bracket: it is for people, any words will do.",
        wrong=f"{_STEP}  # mlpipelines: ignore[SM812]  # <-\n  instance_type: ml.m99.large\n",
        right=f"{_STEP}  # mlpipelines: ignore[SM812] our account has it early\n  instance_type: ml.m99.large\n",
        source=_SOURCE,
        verified="code",
    ),
    Rule(
        "PL903",
        "unknown-rule",
        "error",
        "A rule is ignored that does not exist.",
        "Nothing is ignored by it. `mlpipelines rules` lists all rules; each can be named by its id or its name.",
        wrong=f"{_STEP}  instance_type: ml.m5.large  # mlpipelines: ignore[SM8122] a new machine  # <-\n",
        right=f"{_STEP}  instance_type: ml.m99.large  # mlpipelines: ignore[new-instance-type] a new machine\n",
        source=_SOURCE,
        verified="code",
    ),
    Rule(
        "PL904",
        "cannot-be-ignored",
        "error",
        "A rule is ignored that cannot be.",
        "Nothing can be built from a file that breaks this rule, whatever comments say. Mend what it found.",
        wrong=f"{_STEP}  instance_type: ml.m5.large  # mlpipelines: ignore[PL101] AWS has the field  # <-\n",
        right=f"{_STEP}  instance_type: ml.m99.large  # mlpipelines: ignore[SM812] a new machine\n",
        source=_SOURCE,
        verified="code",
    ),
    Rule(
        "PL905",
        "unused-ignore",
        "warning",
        "A rule is ignored where it finds nothing.",
        "The mistake is gone, or stands elsewhere: a comment at the end of a line is for that line, one on a line of "
        "its own for the next one, one before the first field for the whole file. Take the comment away, or it may "
        "hide another mistake later.",
        wrong=f"{_STEP}  instance_type: ml.m5.large  # mlpipelines: ignore[SM812] a new machine  # <-\n",
        right=f"{_STEP}  instance_type: ml.m99.large  # mlpipelines: ignore[SM812] a new machine\n",
        source=_SOURCE,
        verified="code",
    ),
)
