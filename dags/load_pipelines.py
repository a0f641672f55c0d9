"""Airflow DAG file: the DAG of every valid pipeline in pipelines/."""

from mlpipelines.loader import register_pipelines

register_pipelines(globals(), __file__)
