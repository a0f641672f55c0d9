"""Airflow DAG file: shows the problems of invalid pipelines as an import error; there is no DAG in it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # a worker may have another version of the packages installed

from mlpipelines.loader import raise_problems

raise_problems(__file__)
