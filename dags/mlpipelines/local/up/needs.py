"""A project's pipelines -> what a local Airflow must have for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from mlpipelines.errors import InvalidPipeline
from mlpipelines.local.runs.plan import BUCKET, ROLE, Plan, variables_used
from mlpipelines.project import Project


class Places(NamedTuple):
    buckets: set[str]
    roles: set[str]


@dataclass
class Needs:
    valid: list[str] = field(default_factory=list)
    invalid: list[str] = field(default_factory=list)
    connections: set[str] = field(default_factory=lambda: {"aws_default"})
    variables: dict[str, str] = field(default_factory=dict)
    """{Airflow Variable: a pipeline that reads it}"""
    regions: dict[str, Places] = field(default_factory=dict)

    @classmethod
    def of(cls, project: Project) -> Needs:
        needs = cls()
        for file, compiled in project.compile_all(project.files()):
            if isinstance(compiled, InvalidPipeline):
                needs.invalid.append(project.name_of(file))
                continue
            plan = Plan(compiled, file, {}, {})
            needs.valid.append(compiled.pipeline.name)
            needs.connections |= plan.connections
            needs.variables |= dict.fromkeys(variables_used(compiled), compiled.pipeline.name)
            places = needs.regions.setdefault(plan.region, Places({BUCKET}, {ROLE}))
            places.buckets.update(plan.buckets)
            places.roles.update(plan.roles)
        return needs

    def by_region(self) -> Iterator[tuple[str, Places]]:
        """Buckets are the whole world's, as at AWS: the first region that names one has it."""
        taken: set[str] = set()
        for region, places in self.regions.items():
            yield region, Places(places.buckets - taken, places.roles)
            taken |= places.buckets
