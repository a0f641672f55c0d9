"""Airflow DAG file: the DAG of every valid pipeline in pipelines/."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # a worker may have another version of the packages installed

from mlpipelines.loader import register_pipelines

register_pipelines(globals(), __file__)
