"""What AWS refuses in endpoints and their configurations."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule("SM510", "machines-and-serverless", "error", "A variant has machines and is serverless, or neither."),
    Rule("SM512", "concurrency", "error", "A serverless variant keeps more warm than may run."),
    Rule("SM513", "serverless-limits", "error", "A serverless endpoint has what only endpoints with machines have."),
    Rule("SM515", "no-traffic", "error", "No variant gets any traffic."),
    Rule("SM516", "shadow-variants", "error", "A shadow has no single production variant."),
    Rule("SM518", "deployment-share", "error", "A deployment moves too much or too little at once."),
    Rule("SM524", "asynchronous-variants", "error", "An asynchronous endpoint has several variants."),
    Rule("SM525", "deployment-time", "error", "A deployment may last no longer than its own pauses."),
)
