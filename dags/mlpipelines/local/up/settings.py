"""A home and its addresses -> the environments of what runs in it."""

from __future__ import annotations

import os
from collections.abc import Mapping

from mlpipelines.local.runs.plan import PACKAGES, airflow_environment
from mlpipelines.local.up.home import USER, Home, Record

#: Every process of a home carries this variable with the home's folder, and is known by it.
MARK = "MLPIPELINES_UP"


def server_environment(home: Home, region: str) -> dict[str, str]:
    """That of the embedded SageMaker."""
    common = airflow_environment(home.folder, home.dags, region)
    return {key: value for key, value in common.items() if "AIRFLOW" not in key} | _marks(home)


def airflow(home: Home, record: Record, region: str, secrets: Mapping[str, str]) -> dict[str, str]:
    """That of Airflow's processes."""
    folders = (home.folder / "config", home.root / "dags", PACKAGES)
    return {
        **airflow_environment(home.folder, home.dags, region),
        **_marks(home),
        **{
            f"AIRFLOW__{section}__{name}": str(value)
            for section, values in _sections(home, record, secrets).items()
            for name, value in values.items()
        },
        "AWS_ENDPOINT_URL": record.endpoint,
        "PYTHONPATH": os.pathsep.join(map(str, folders)),
        "MLPIPELINES_UP_ROOT": str(home.root),
        "MLPIPELINES_LOCAL": "1",
        "MLPIPELINES_CODE_ROOT": str(home.root / "pipelines"),
        "MLPIPELINES_DATASET_CACHE": str(home.root / ".mlpipelines" / "datasets"),
        "MPLCONFIGDIR": str(home.root / ".mlpipelines" / "cache" / "matplotlib"),
    }


def _marks(home: Home) -> dict[str, str]:
    # Without the second, a process that changes its title writes over its environment as others see it.
    return {MARK: str(home.folder), "SPT_NOENV": "1"}


def _sections(home: Home, record: Record, secrets: Mapping[str, str]) -> dict[str, dict[str, object]]:
    return {
        "CORE": {
            "EXECUTOR": "LocalExecutor",
            "PARALLELISM": 6,
            "DAGS_ARE_PAUSED_AT_CREATION": False,
            # Problems of pipelines have places of their own; those of Python files are found by the traceback.
            "DAGBAG_IMPORT_ERROR_TRACEBACKS": home.has_python_dags,
            "EXECUTION_API_SERVER_URL": f"{record.url}/execution/",
            "FERNET_KEY": secrets["fernet_key"],
            "HOSTNAME_CALLABLE": "mlpipelines.local.up.policy.hostname",
            "SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": home.passwords,
        },
        "API": {
            "HOST": "127.0.0.1",
            "PORT": record.port,
            "BASE_URL": record.url,
            "WORKERS": 1,
            "SECRET_KEY": secrets["secret_key"],
            "INSTANCE_NAME": "mlpipelines on this machine",
        },
        "API_AUTH": {"JWT_SECRET": secrets["jwt_secret"]},
        # SQLite has one writer at a time: on a busy machine the others wait longer than the usual 5 s.
        "DATABASE": {"SQL_ALCHEMY_CONN": f"sqlite:///{home.folder}/airflow.db?timeout=60"},
        "DAG_PROCESSOR": {
            "MIN_FILE_PROCESS_INTERVAL": 15,  # changes are told by touching the DAG files
            "REFRESH_INTERVAL": 10,  # for DAG files that the project has besides
            "STALE_DAG_THRESHOLD": 3,
        },
        "SCHEDULER": {
            "PARSING_CLEANUP_INTERVAL": 3,
            "TASK_INSTANCE_HEARTBEAT_TIMEOUT": 60,
        },
        # Nobody serves logs: all processes see the same folder. The ports are ones that nothing listens on.
        "LOGGING": {
            "BASE_LOG_FOLDER": home.folder / "logs",
            "WORKER_LOG_SERVER_PORT": 1,
            "TRIGGER_LOG_SERVER_PORT": 1,
        },
    }
