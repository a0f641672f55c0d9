"""What a script is told by a framework container: its arguments, and the SM_* variables of its environment."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Setting:
    """`base`: /opt/ml; `source`: where the code came from; `own`: the container's hyperparameters; `input` and
    `resources`: inputdataconfig.json and resourceconfig.json."""

    base: Path
    program: str
    source: str
    hyperparameters: Mapping[str, Any]
    own: Mapping[str, Any]
    input: Mapping[str, Any]
    resources: Mapping[str, Any]

    @cached_property
    def arguments(self) -> list[str]:
        """`--name value` in the order of names; names of one letter take one hyphen."""
        pairs = ((f"--{name}" if len(name) > 1 else f"-{name}", value) for name, value in self._sorted())
        return [word for name, value in pairs for word in (name, _argument(value))]

    def _sorted(self) -> list[tuple[str, Any]]:
        return sorted(self.hyperparameters.items())


def variables(setting: Setting) -> dict[str, str]:
    """SM_*; texts as they are, everything else as JSON."""
    told = _told(setting)
    folders = {name: f"{setting.base}/input/data/{name}" for name in setting.input}
    more = {"hyperparameters": setting.hyperparameters, "channel_input_dirs": folders, "job_name": _job_name()}
    everything = {
        **told,
        "training_env": {**told, **more},
        **{f"channel_{name}": folder for name, folder in folders.items()},
        **{f"hp_{name}": value for name, value in setting.hyperparameters.items()},
    }
    return {f"SM_{name.upper()}": _text(value) for name, value in everything.items()}


def _told(setting: Setting) -> dict[str, Any]:
    base, resources = setting.base, setting.resources
    groups = resources["instance_groups"]
    return {
        "hosts": resources["hosts"],
        "current_host": resources["current_host"],
        "current_instance_type": resources["current_instance_type"],
        "current_instance_group": resources["current_group_name"],
        "current_instance_group_hosts": resources["hosts"],
        "instance_groups": [group["instance_group_name"] for group in groups],
        "instance_groups_dict": {group["instance_group_name"]: group for group in groups},
        "is_hetero": len(groups) > 1,
        "is_master": True,
        "master_hostname": resources["current_host"],
        "network_interface_name": resources["network_interface_name"],
        "resource_config": resources,
        "hps": setting.hyperparameters,
        "framework_params": setting.own,
        "user_entry_point": setting.program,
        "user_args": setting.arguments,
        "module_name": setting.program.removesuffix(".py"),
        "module_dir": setting.source,
        "input_data_config": setting.input,
        "channels": sorted(setting.input),
        "log_level": setting.own.get("sagemaker_container_log_level", 20),
        "model_dir": f"{base}/model",
        "input_dir": f"{base}/input",
        "input_config_dir": f"{base}/input/config",
        "output_dir": f"{base}/output",
        "output_data_dir": f"{base}/output/data",
        "output_intermediate_dir": f"{base}/output/intermediate",
        "num_cpus": os.cpu_count() or 1,
        "num_gpus": len(list(Path("/dev").glob("nvidia[0-9]*"))),
        "num_neurons": 0,
    }


def _job_name() -> str:
    return os.environ.get("TRAINING_JOB_NAME", "")


def _argument(value: Any) -> str:
    """As str() writes it: True, ['a', 'b']; a mapping as a=1,b=2, null as nothing."""
    if isinstance(value, Mapping):
        return ",".join(f"{name}={each}" for name, each in sorted(value.items()))
    return "" if value is None else str(value)


def _text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
