"""Tags of what is ours: jobs, endpoints and records; those of the rest are moto's."""

from __future__ import annotations

from typing import Any

from mlpipelines.local.api.actions import Actions, json_text
from mlpipelines.local.serving.endpoint import Endpoint

Tags = list[dict[str, str]]


class TagActions(Actions):
    """Mixin: ListTags, AddTags, DeleteTags."""

    def list_tags(self) -> Any:
        tags = self._tags()
        return super().list_tags() if tags is None else json_text({"Tags": tags})

    def add_tags(self) -> Any:
        tags = self._tags()
        if tags is None:
            return super().add_tags()
        new = {tag["Key"] for tag in self.request["Tags"]}
        return self._set_tags([*(tag for tag in tags if tag["Key"] not in new), *self.request["Tags"]])

    def delete_tags(self) -> Any:
        tags = self._tags()
        if tags is None:
            return super().delete_tags()
        return self._set_tags([tag for tag in tags if tag["Key"] not in self.request["TagKeys"]])

    def _tags(self) -> Tags | None:
        """None for what is not ours."""
        arn = self.request["ResourceArn"]
        for owner in (*self._jobs_of(arn), *self._endpoints_of(arn)):
            return list(owner.request.get("Tags", []))
        records = self.engine.records.of_arn(self._scope, arn)
        return list(records[0].get("Tags", [])) if records else None

    def _set_tags(self, tags: Tags) -> str:
        arn = self.request["ResourceArn"]
        for job in self._jobs_of(arn):
            job.request["Tags"] = tags
            self.engine.keep_job(self._scope, job)
        for endpoint in self._endpoints_of(arn):
            endpoint.request["Tags"] = tags
            endpoint.changed()
        self.engine.records.set_member(self._scope, arn, "Tags", tags)
        return json_text({"Tags": tags})

    def _jobs_of(self, arn: str) -> list[Any]:
        return [job for job in self.engine.jobs(self._scope) if job.arn == arn]

    def _endpoints_of(self, arn: str) -> list[Endpoint]:
        return [endpoint for endpoint in self.engine.endpoints.endpoints(self._scope) if endpoint.arn == arn]
