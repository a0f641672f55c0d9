"""Machine-learning pipelines in YAML for Airflow and SageMaker."""

__version__ = "0.1.0"
