"""One kind of jobs described, stopped and listed."""

from __future__ import annotations

from mlpipelines.local.api.actions import Actions, json_text


class JobActions(Actions):
    """Base of the mixins of areas that have jobs."""

    def _describe_job(self, kind: str) -> str:
        description = self.engine.job(self._scope, kind, self.request[f"{kind}JobName"]).describe()
        description.pop("Tags", None)  # AWS tells them by ListTags only
        return json_text(description)

    def _stop_job(self, kind: str) -> str:
        self.engine.job(self._scope, kind, self.request[f"{kind}JobName"]).stop()
        return ""

    def _list_jobs(self, kind: str, more: tuple[str, ...]) -> str:
        members = ("JobName", "JobArn", "EndTime", "JobStatus")
        shown = ("CreationTime", "LastModifiedTime", *more, *(f"{kind}{member}" for member in members))
        wanted = self.request.get("StatusEquals")
        rows = [job.describe() for job in self.engine.jobs(self._scope, kind)]
        rows = [row for row in rows if self.request.get("NameContains", "") in row[f"{kind}JobName"]]
        rows = [row for row in rows if wanted in (None, row[f"{kind}JobStatus"])]
        columns = {"Name": f"{kind}JobName", "Status": f"{kind}JobStatus"}
        key = columns.get(self.request.get("SortBy", ""), "CreationTime")
        rows.sort(key=lambda row: row[key], reverse=self.request.get("SortOrder", "Descending") == "Descending")
        start, size = int(self.request.get("NextToken", 0)), self.request.get("MaxResults", 100)
        page = [{name: row[name] for name in shown if name in row} for row in rows[start : start + size]]
        more_left = {"NextToken": str(start + size)} if len(rows) > start + size else {}
        return json_text({f"{kind}JobSummaries": page, **more_left})
