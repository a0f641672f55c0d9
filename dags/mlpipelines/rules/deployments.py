"""What AWS refuses in the way an endpoint is brought to a new version."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

_API = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_"

RULES: tuple[Rule, ...] = (
    Rule(
        "SM517",
        "two-deployments",
        "error",
        "An endpoint is to be updated in two ways at once.",
        "Traffic moves to a second fleet (BlueGreenUpdatePolicy) or machine by machine (RollingUpdatePolicy), and AWS "
        "refuses the update with both.",
        """
deploy:
  type: endpoint
  model: flowers
  deployment: {strategy: canary}
  request:
    Endpoint:
      DeploymentConfig:
        RollingUpdatePolicy:
          MaximumBatchSize: {Type: CAPACITY_PERCENT, Value: 10}  # <-
          WaitIntervalInSeconds: 300
""",
        """
deploy:
  type: endpoint
  model: flowers
  deployment: {strategy: rolling}
  request:
    Endpoint:
      DeploymentConfig:
        RollingUpdatePolicy:
          MaximumBatchSize: {Type: CAPACITY_PERCENT, Value: 20}
""",
        f"{_API}DeploymentConfig.html",
        "model",
    ),
    Rule(
        "SM518",
        "deployment-share",
        "error",
        "A deployment moves too much or too little of the fleet at once.",
        "A canary is at most half of the fleet, a linear step 10% to 50%, and a rolling batch 5% to 50%. AWS refuses "
        "the update otherwise.",
        """
deploy:
  type: endpoint
  model: flowers
  deployment: {strategy: linear, size: 5%}  # <-
""",
        """
deploy:
  type: endpoint
  model: flowers
  deployment: {strategy: rolling, size: 5%}
""",
        f"{_API}TrafficRoutingConfig.html",
        "model",
    ),
    Rule(
        "SM525",
        "deployment-time",
        "error",
        "A deployment may last no longer than its own pauses.",
        "`wait` and `termination_wait` are part of the `timeout`: when it ends first, the update goes back to the old "
        "version each time.",
        """
deploy:
  type: endpoint
  model: flowers
  deployment: {strategy: canary, wait: 30m, termination_wait: 30m, timeout: 1h}  # <-
""",
        """
deploy:
  type: endpoint
  model: flowers
  deployment: {strategy: canary, wait: 30m, termination_wait: 30m, timeout: 2h}
""",
        f"{_API}BlueGreenUpdatePolicy.html",
        "model",
    ),
    Rule(
        "SM529",
        "size-of-other-strategy",
        "warning",
        "A deployment has a size that its strategy does not use, or lacks the one that it does.",
        "CANARY has a CanarySize, LINEAR a LinearStepSize, and ALL_AT_ONCE neither. `deployment:` writes the right one "
        "by itself.",
        """
deploy:
  type: endpoint
  model: flowers
  deployment: {strategy: canary}
  request:
    Endpoint:
      DeploymentConfig:
        BlueGreenUpdatePolicy:
          TrafficRoutingConfiguration:
            LinearStepSize: {Type: CAPACITY_PERCENT, Value: 20}  # <-
""",
        """
deploy:
  type: endpoint
  model: flowers
  deployment: {strategy: linear}
  request:
    Endpoint:
      DeploymentConfig:
        BlueGreenUpdatePolicy:
          TrafficRoutingConfiguration:
            LinearStepSize: {Type: CAPACITY_PERCENT, Value: 20}
""",
        f"{_API}TrafficRoutingConfig.html",
        "inferred",
    ),
)

LEFT_OUT: dict[str, str] = {
    "AF18": "The `endpoint` step gives an endpoint its tags when it updates it, too, so none are dropped.",
}
