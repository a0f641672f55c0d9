"""`mlpipelines validate`: one file, a thousand beside check-jsonschema and cfn-lint, and how time grows with them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tests.bench.cloudformation import write_templates
from tests.bench.measure import (
    ROOT,
    Row,
    Sample,
    environment,
    interleaved,
    median_cpu,
    median_seconds,
    new_folder,
    run_process,
    tool,
)
from tests.bench.projects import write_project

OTHER = "check-jsonschema"
CFN_LINT = "cfn-lint"


def rows(quick: bool) -> Iterator[Row]:
    yield from _one_file(3 if quick else 9)
    yield from _many_files(100 if quick else 1000, 1 if quick else 3)
    yield from _beside_cfn_lint(20 if quick else 200, 1 if quick else 3)
    yield from _growth(100 if quick else 1000, 1 if quick else 3)


def _one_file(repeats: int) -> Iterator[Row]:
    command = [sys.executable, "-m", "mlpipelines", "validate", "pipelines/iris-knn.yaml"]
    samples = interleaved({"ours": lambda: run_process(command, environment(ROOT / "dags"), ROOT)}, repeats)["ours"]
    yield Row("validate one file", median_seconds(samples), "s", 0.35)


def _many_files(count: int, repeats: int) -> Iterator[Row]:
    for share in (0.0, 0.05):
        with new_folder() as folder:
            project = Path(folder)
            files = write_project(project, count, invalid=share)
            samples = interleaved(
                {"ours": lambda p=project: _validate(p), OTHER: lambda p=project, f=files: _other(p, f)},  # type: ignore[misc]
                repeats,
            )
        ours, others = samples["ours"], samples[OTHER]
        kind = f"{count} files" + (f", {share:.0%} invalid" if share else "")
        ratio = median_seconds(others) / median_seconds(ours)
        yield Row(f"validate {kind}", count / median_seconds(ours), "files/s")
        yield Row("  by one core", count / median_cpu(ours), "files/s", 150, higher=True)
        yield Row(f"  {OTHER}", count / median_seconds(others), "files/s")
        yield Row(f"  times as fast as {OTHER}", ratio, "x", 8, higher=True)
        yield Row("  the same in processor time", median_cpu(others) / median_cpu(ours), "x")
        yield Row("  most memory", max(sample.megabytes for sample in ours), "MB", 300)


def _beside_cfn_lint(count: int, repeats: int) -> Iterator[Row]:
    """Another linter of another language, on files of the same size with as many things in them."""
    with new_folder() as ours, new_folder() as others:
        write_project(Path(ours), count)
        templates = write_templates(Path(others), count)
        ways = {"ours": lambda: _validate(Path(ours)), CFN_LINT: lambda: _cfn_lint(templates)}
        many = interleaved(ways, repeats)
        one = interleaved({CFN_LINT: lambda: _cfn_lint(templates[:1])}, repeats)[CFN_LINT]
    yield Row(f"validate {count} files", count / median_seconds(many["ours"]), "files/s")
    yield Row(f"  {CFN_LINT}", count / median_seconds(many[CFN_LINT]), "files/s")
    yield Row("  times as fast in processor time", median_cpu(many[CFN_LINT]) / median_cpu(many["ours"]), "x")
    yield Row(f"  {CFN_LINT}, one file", median_seconds(one), "s")


def _growth(count: int, repeats: int) -> Iterator[Row]:
    with new_folder() as few, new_folder() as many:
        write_project(Path(few), count)
        write_project(Path(many), 4 * count)
        samples = interleaved({"few": lambda: _validate(Path(few)), "many": lambda: _validate(Path(many))}, repeats)
    growth = median_cpu(samples["many"]) / median_cpu(samples["few"])
    yield Row(f"validate {4 * count} files: time of {count}", growth, "x", 4 * 1.15)
    yield Row("  most memory", max(sample.megabytes for sample in samples["many"]), "MB", 300)


def _validate(project: Path) -> Sample:
    command = [sys.executable, "-m", "mlpipelines", "validate"]
    return run_process(command, environment(ROOT / "dags"), project, statuses=(0, 1))


def _cfn_lint(templates: list[Path]) -> Sample:
    return run_process([tool(CFN_LINT), *templates], environment(ROOT / "dags"), templates[0].parent)


def _other(project: Path, files: list[Path]) -> Sample:
    names = [file.relative_to(project) for file in files]
    command: list[str | Path] = [tool(OTHER), "--schemafile", "schemas/validate.schema.json", *names]
    return run_process(command, environment(ROOT / "dags"), project, statuses=(0, 1))
