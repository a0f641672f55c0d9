"""boto3 clients of the local server, whatever the user's own AWS settings are."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

KEY = "local"
#: The server's own requests to itself are known by it.
SERVER_KEY = "mlpipelines-local-server"
#: Kept from the user's environment for a job; all else stays out, first of all everything that is AWS's.
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ", "USER", "VIRTUAL_ENV", "LD_LIBRARY_PATH")
_KEPT_PREFIXES = ("OMP_", "OPENBLAS_", "MKL_", "PYTHON", "CUDA_")
#: Where this package is importable from; the built-in algorithms are modules of it.
_PACKAGES = Path(__file__).resolve().parents[2]


class Clients:
    """One client for each service and region, made when it is first asked for."""

    def __init__(self, endpoint_url: str) -> None:
        self.endpoint_url = endpoint_url
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str], Any] = {}
        # A profile that exists only in the user's environment would make boto3 raise.
        variables = {"profile": (None, None, None, None), "config_file": (None, None, os.devnull, None)}
        core = botocore.session.Session(session_vars={**variables, "credentials_file": (None, None, os.devnull, None)})
        self._session = boto3.Session(aws_access_key_id=SERVER_KEY, aws_secret_access_key=KEY, botocore_session=core)

    def get(self, service: str, region: str) -> Any:
        with self._lock:  # making one is not thread-safe, using one is
            if (service, region) not in self._clients:
                # proxies={}: never send loopback traffic to the proxy of the user's environment.
                config = Config(proxies={}, retries={"total_max_attempts": 2}, max_pool_connections=20)
                self._clients[service, region] = self._session.client(
                    service, region_name=region, endpoint_url=self.endpoint_url, config=config
                )
            return self._clients[service, region]


def job_environment(endpoint_url: str, region: str, user: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What a job's process gets: a usual environment in which AWS is the local server and nothing else."""
    kept = {name: text for name, text in user.items() if name in _KEPT or name.startswith(_KEPT_PREFIXES)}
    return {
        **kept,
        # `python3` in a script is the Python that runs this server, with its packages.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)]),
        "PYTHONPATH": _python_path(user.get("PYTHONPATH", "")),
        "PYTHONUNBUFFERED": "1",
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": KEY,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1,localhost",
    }


def _python_path(user: str) -> str:
    """The user's own, made absolute because a job starts in another folder, and this package."""
    folders = [str(Path(folder).resolve()) for folder in user.split(os.pathsep) if folder]
    return os.pathsep.join(dict.fromkeys([*folders, str(_PACKAGES)]))
