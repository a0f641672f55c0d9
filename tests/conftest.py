"""What all tests share: the package's path, the project of the cases, and the renewal of golden results."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlpipelines.project import Project

ROOT = Path(__file__).parent.parent
CASES = ROOT / "tests" / "cases"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--renew", action="store_true", help="write golden results anew, for a person to read")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Figures that tests have recorded under `faults`, for CI's log."""
    for report in terminalreporter.getreports("passed"):
        for name, value in getattr(report, "user_properties", ()):
            if name == "faults":
                terminalreporter.section("seeded faults")
                terminalreporter.line(str(value))


def aws_settings(url: str) -> dict[str, str]:
    """The environment in which AWS is the server at `url`, and nothing else is asked for."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@pytest.fixture(scope="session")
def project() -> Project:
    """The cases as a project of their own, with the repository's schemas and templates."""
    return cases_project()


def cases_project() -> Project:
    return Project(
        root=CASES,
        pipelines=CASES,
        schemas=ROOT / "schemas",
        templates=ROOT / "templates",
        callables=CASES / "callables",
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest):  # type: ignore[no-untyped-def]
    """Compare a text with a committed file; `--renew` writes the file instead."""

    def compare(text: str, file: Path) -> None:
        if request.config.getoption("--renew"):
            file.write_text(text, encoding="utf-8")
        assert file.is_file(), f"{file.name} is missing: run pytest --renew and read what it wrote"
        assert text == file.read_text(encoding="utf-8")

    return compare
