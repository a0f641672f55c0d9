"""The Dockerfile and compose.yaml, held against what reads them: Docker's formats, Airflow's options and commands."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.e2e.compose_file import read_compose, starting_order, words
from tests.e2e.dockerfile import Context, instructions, read_stages

COMPOSE = read_compose(ROOT / "compose.yaml", {})
SERVICES: dict[str, Any] = COMPOSE["services"]
AIRFLOW = [name for name, service in SERVICES.items() if "AIRFLOW__CORE__EXECUTOR" in service.get("environment", {})]


def test_compose_is_what_the_specification_wants() -> None:
    command = [str(Path(sys.executable).parent / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*command, str(ROOT / "compose.yaml")], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_service_waits_for_services_that_can_become_so() -> None:
    for service in SERVICES.values():
        for other, wanted in service.get("depends_on", {}).items():
            key = {"service_healthy": "healthcheck", "service_completed_successfully": "command"}[wanted["condition"]]
            assert key in SERVICES[other]
    assert starting_order(SERVICES)[0] == "postgres"
    assert {"api-server", "scheduler", "dag-processor", "triggerer", "sagemaker", "init", "postgres"} == set(SERVICES)
    assert all("healthcheck" in service for name, service in SERVICES.items() if name != "init")


def test_only_this_machine_reaches_the_ports() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert len(ports) == 2
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_port_and_the_password_can_be_chosen() -> None:
    chosen = read_compose(ROOT / "compose.yaml", {"AIRFLOW_PORT": "9090", "ADMIN_PASSWORD": "secret"})["services"]
    assert chosen["api-server"]["ports"] == ["127.0.0.1:9090:8080"]
    assert chosen["init"]["environment"]["ADMIN_PASSWORD"] == "secret"


def test_the_image_has_every_place_that_a_volume_is_mounted_on() -> None:
    """A volume on a place that the image lacks would be root's, and Airflow's user could not write to it."""
    stages = read_stages(ROOT / "Dockerfile")
    made = " ".join(rest for kind, rest in instructions(stages, "local") if kind == "RUN")
    for name in [*AIRFLOW, "sagemaker"]:
        for volume in SERVICES[name].get("volumes", ()):
            source, place, *mode = volume.split(":")
            if source.startswith("./"):
                assert mode == ["ro"]
                assert (ROOT / source).is_dir()
            else:
                assert source in COMPOSE["volumes"]
                folder = PurePosixPath(place).relative_to("/opt/airflow").as_posix()
                assert folder == "logs" or re.search(rf"mkdir[^&]* {folder}\b", made), place


def test_compose_uses_a_target_of_the_dockerfile_and_deploys_none_of_its_extras() -> None:
    stages = read_stages(ROOT / "Dockerfile")
    builds = [service["build"]["target"] for service in SERVICES.values() if "build" in service]
    assert builds == ["local"]
    assert list(stages)[-1] == "deployed", "the last target is what docker build makes when none is named"
    assert "local" not in {stages["deployed"].base, stages[stages["deployed"].base].base}
    assert [rest for kind, rest in instructions(stages, "deployed") if kind == "COPY" and "pipelines" in rest]


def test_what_is_not_sent_to_the_builder_is_in_no_image() -> None:
    context = Context(ROOT)
    for sent in (
        "dags/load_pipelines.py",
        "pipelines/iris-knn.yaml",
        "pyproject.toml",
        "schemas/steps/train.schema.json",
    ):
        assert context.sends(PurePosixPath(sent)), sent
    for kept in (
        ".git/config",
        ".env",
        ".mlpipelines/runs/a",
        "tests/conftest.py",
        "dags/mlpipelines/__pycache__/a.pyc",
    ):
        assert not context.sends(PurePosixPath(kept)), kept


@pytest.mark.airflow
@pytest.mark.parametrize("name", ["Dockerfile", "compose.yaml"])
def test_every_setting_is_an_option_of_airflow(name: str) -> None:
    from airflow.configuration import conf

    found = set(re.findall(r"\bAIRFLOW__\w+", (ROOT / name).read_text(encoding="utf-8")))
    assert len(found) > 3
    # dag-factory's own, and one of other versions of Airflow.
    for variable in found - {"AIRFLOW__DAG_FACTORY__ENABLE_TELEMETRY", "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED"}:
        section, option = variable.removeprefix("AIRFLOW__").lower().split("__")
        assert section in conf.configuration_description, variable
        known = conf.configuration_description[section]["options"]
        assert option in known or (section, option.removesuffix("_cmd")) in conf.sensitive_config_values, variable
        assert option.removesuffix("_cmd") in known, variable


@pytest.mark.airflow
def test_airflow_takes_every_command() -> None:
    from airflow.cli.cli_parser import get_parser

    script = SERVICES["init"]["command"][-1]
    calls = [shlex.split(line)[1:] for line in script.splitlines() if line.strip().startswith("airflow ")]
    calls += [words(SERVICES[name]["command"]) for name in AIRFLOW if name != "init"]
    assert len(calls) == 5
    for call in calls:
        assert get_parser().parse_args(call).func


def test_the_embedded_sagemaker_takes_its_command() -> None:
    from mlpipelines.cli import _parser

    python, module, package, *arguments = words(SERVICES["sagemaker"]["command"])
    assert (python, module, package) == ("python", "-m", "mlpipelines")
    options = _parser().parse_args(arguments)
    assert SERVICES["scheduler"]["environment"]["AWS_ENDPOINT_URL"] == f"http://sagemaker:{options.port}"
    assert options.host == "0.0.0.0"


def test_the_names_that_pipelines_ask_for_are_those_of_the_embedded_sagemaker() -> None:
    from mlpipelines.local.runs.plan import BUCKET, ROLE_ARN

    for name in AIRFLOW:
        environment = SERVICES[name]["environment"]
        assert environment["AIRFLOW_VAR_S3_BUCKET"] == BUCKET
        assert environment["AIRFLOW_VAR_ROLE"] == ROLE_ARN
        assert "AIRFLOW_CONN_AWS-SAGEMAKER" in environment
