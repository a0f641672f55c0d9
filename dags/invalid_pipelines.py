"""Airflow DAG file: shows the problems of invalid pipelines as an import error; there is no DAG in it."""

from mlpipelines.loader import raise_problems

raise_problems(__file__)
