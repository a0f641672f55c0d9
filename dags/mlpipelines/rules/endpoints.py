"""What AWS refuses in endpoints and their configurations."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

_API = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_"
_SERVERLESS = "https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html"

RULES: tuple[Rule, ...] = (
    Rule(
        "SM510",
        "machines-and-serverless",
        "error",
        "A variant has machines and is serverless, or neither.",
        "AWS refuses the configuration. A serverless variant has no machines, so nothing can be said about them: not "
        "their type, their count, or their disks.",
        """
serve:
  type: endpoint_config
  variants:
    primary:
      model: flowers
      serverless: {memory: 2048, max_concurrency: 5}
      instance_count: 2  # <-
""",
        """
serve:
  type: endpoint_config
  variants:
    primary:
      model: flowers
      serverless: {memory: 2048, max_concurrency: 5}
""",
        f"{_API}ProductionVariant.html",
        "model",
    ),
    Rule(
        "SM511",
        "serverless-memory",
        "error",
        "A serverless variant has an amount of memory that AWS does not offer.",
        "AWS offers 1 to 6 GB in whole GB, and refuses the configuration otherwise. The number is in MB: 2 GB are "
        "2048.",
        """
serve:
  type: endpoint_config
  model: flowers
  instance_type: null
  serverless: {memory: 2048, max_concurrency: 5}
  request:
    ProductionVariants:
      - VariantName: primary
        ModelName: flowers
        ServerlessConfig: {MemorySizeInMB: 3000, MaxConcurrency: 5}  # <-
""",
        """
serve:
  type: endpoint_config
  model: flowers
  instance_type: null
  serverless: {memory: 3072, max_concurrency: 5}
""",
        f"{_API}ProductionVariantServerlessConfig.html",
        "model",
    ),
    Rule(
        "SM512",
        "concurrency",
        "error",
        "A serverless variant keeps more copies warm than may run.",
        "`provisioned_concurrency` are copies out of `max_concurrency`, and AWS refuses the configuration when there "
        "are more of them.",
        """
serve:
  type: endpoint_config
  variants:
    primary:
      model: flowers
      serverless: {memory: 2048, max_concurrency: 5, provisioned_concurrency: 10}  # <-
""",
        """
serve:
  type: endpoint_config
  variants:
    primary:
      model: flowers
      serverless: {memory: 2048, max_concurrency: 5, provisioned_concurrency: 5}
""",
        f"{_API}ProductionVariantServerlessConfig.html",
        "model",
    ),
    Rule(
        "SM513",
        "serverless-limits",
        "error",
        "A serverless endpoint has what only endpoints with machines have.",
        "Serverless endpoints have one variant, and no VPC, network isolation, data capture, queue, several models or "
        "several containers; what the model says counts too. AWS refuses the configuration, or the endpoint fails.",
        """
serve:
  type: endpoint_config
  variants:
    primary:
      model: flowers
      serverless: {memory: 2048, max_concurrency: 5}
  data_capture: s3://example-bucket/capture  # <-
""",
        """
serve:
  type: endpoint_config
  variants:
    primary:
      model: flowers
      serverless: {memory: 2048, max_concurrency: 5}
  kms_key: alias/endpoint
""",
        _SERVERLESS,
        "guide",
    ),
    Rule(
        "SM514",
        "variant-name-twice",
        "warning",
        "Two variants of an endpoint have the same name.",
        "Traffic, metrics and calls go to variants by their names. AWS does not say what it does with two of the same.",
        """
serve:
  type: endpoint_config
  model: flowers
  request:
    ShadowProductionVariants:
      - VariantName: primary  # <-
        ModelName: flowers-v2
        InstanceType: ml.m5.large
        InitialInstanceCount: 1
""",
        """
serve:
  type: endpoint_config
  model: flowers
  request:
    ShadowProductionVariants:
      - VariantName: shadow
        ModelName: flowers
        InstanceType: ml.m5.large
        InitialInstanceCount: 1
""",
        f"{_API}CreateEndpointConfig.html",
        "inferred",
    ),
    Rule(
        "SM515",
        "no-traffic",
        "warning",
        "No variant of an endpoint gets any traffic.",
        "Weights are shares of the traffic, relative to each other; where all are 0 there is nothing to share. A "
        "variant that is called by its name alone may have 0, beside others.",
        """
serve:
  type: endpoint_config
  variants:
    old: {model: flowers-v1, instance_type: ml.m5.large, weight: 0}  # <-
    new: {model: flowers-v2, instance_type: ml.m5.large, weight: 0}
""",
        """
serve:
  type: endpoint_config
  variants:
    old: {model: flowers-v1, instance_type: ml.m5.large, weight: 0}
    new: {model: flowers-v2, instance_type: ml.m5.large}
""",
        f"{_API}ProductionVariant.html",
        "inferred",
    ),
    Rule(
        "SM516",
        "shadow-variants",
        "error",
        "A shadow has no single production variant.",
        "A shadow gets a copy of one variant's traffic, so AWS wants exactly one variant and one shadow, and refuses "
        "the configuration otherwise.",
        """
serve:
  type: endpoint_config
  variants:
    old: {model: flowers-v1, instance_type: ml.m5.large}
    new: {model: flowers-v2, instance_type: ml.m5.large}
  request:
    ShadowProductionVariants:
      - {VariantName: shadow, ModelName: flowers-v3, InstanceType: ml.m5.large, InitialInstanceCount: 1}  # <-
""",
        """
serve:
  type: endpoint_config
  variants:
    old: {model: flowers-v1, instance_type: ml.m5.large}
  request:
    ShadowProductionVariants:
      - {VariantName: shadow, ModelName: flowers-v3, InstanceType: ml.m5.large, InitialInstanceCount: 1}
""",
        f"{_API}CreateEndpointConfig.html",
        "model",
    ),
    Rule(
        "SM519",
        "metrics-frequency",
        "error",
        "Metrics are to be published at an interval that AWS does not have.",
        "AWS publishes metrics every 10, 30, 60, 120, 180, 240 or 300 seconds, and refuses the configuration "
        "otherwise.",
        """
serve:
  type: endpoint_config
  model: flowers
  request:
    MetricsConfig: {EnableEnhancedMetrics: true, MetricPublishFrequencyInSeconds: 90}  # <-
""",
        """
serve:
  type: endpoint_config
  model: flowers
  request:
    MetricsConfig: {EnableEnhancedMetrics: true, MetricPublishFrequencyInSeconds: 120}
""",
        f"{_API}MetricsConfig.html",
        "model",
    ),
    Rule(
        "SM520",
        "prefix-routing",
        "error",
        "Calls are routed by a prefix that is not given, or a prefix is given that nobody looks at.",
        "PrefixAwareRoutingConfig goes with `RoutingStrategy: PREFIX_AWARE`, both or neither, and AWS refuses the "
        "configuration otherwise.",
        """
serve:
  type: endpoint_config
  model: flowers
  request:
    ProductionVariants:
      - VariantName: primary
        ModelName: flowers
        InstanceType: ml.m5.large
        InitialInstanceCount: 2
        RoutingConfig:
          RoutingStrategy: RANDOM
          PrefixAwareRoutingConfig: {PrefixLength: 2048, ConcurrencyThreshold: 8}  # <-
""",
        """
serve:
  type: endpoint_config
  model: flowers
  request:
    ProductionVariants:
      - VariantName: primary
        ModelName: flowers
        InstanceType: ml.m5.large
        InitialInstanceCount: 2
        RoutingConfig:
          RoutingStrategy: PREFIX_AWARE
          PrefixAwareRoutingConfig: {PrefixLength: 2048, ConcurrencyThreshold: 8}
""",
        f"{_API}ProductionVariantRoutingConfig.html",
        "model",
    ),
    Rule(
        "SM523",
        "baseline-twice",
        "error",
        "The baseline of explanations is given as data and as a file.",
        "AWS takes one of ShapBaseline and ShapBaselineUri, and refuses the configuration with both.",
        """
serve:
  type: endpoint_config
  model: flowers
  request:
    ExplainerConfig:
      ClarifyExplainerConfig:
        ShapConfig:
          ShapBaselineConfig:
            ShapBaseline: 5.1,3.5,1.4,0.2
            ShapBaselineUri: s3://example-bucket/baseline.csv  # <-
""",
        """
serve:
  type: endpoint_config
  model: flowers
  request:
    ExplainerConfig:
      ClarifyExplainerConfig:
        ShapConfig:
          ShapBaselineConfig:
            ShapBaselineUri: s3://example-bucket/baseline.csv
""",
        f"{_API}ClarifyShapBaselineConfig.html",
        "model",
    ),
    Rule(
        "SM524",
        "asynchronous-variants",
        "warning",
        "An asynchronous endpoint has several variants.",
        "Its requests wait in one queue, and nothing in AWS's guide shares a queue between variants. Make an endpoint "
        "of each.",
        """
serve:
  type: endpoint_config
  variants:
    old: {model: flowers-v1, instance_type: ml.m5.large}
    new: {model: flowers-v2, instance_type: ml.m5.large}
  async: s3://example-bucket/answers  # <-
""",
        """
serve:
  type: endpoint_config
  variants:
    new: {model: flowers-v2, instance_type: ml.m5.large}
  async: s3://example-bucket/answers
""",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference.html",
        "inferred",
    ),
)

LEFT_OUT: dict[str, str] = {
    "SM521": "The API that this version knows has no CrossRegionTrafficConfig: it is SM001.",
}
