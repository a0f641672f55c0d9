"""Runs in a container of SageMaker; no DAG file, though the words airflow and dag are in it."""

raise SystemExit("this was imported by Airflow")
