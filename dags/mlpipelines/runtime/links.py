"""The links of a task in Airflow's UI: where AWS's console shows its job and the job's logs.

Airflow keeps a task's links as XComs and shows them from there, so the API server needs neither a plugin nor this
module. By itself it stores them when the process of a task ends, which is also when the task is deferred or has failed;
`show` stores them at once, for the job that is waited for on the worker, and for the task that is killed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from airflow.sdk import BaseOperatorLink
from airflow.sdk.bases.xcom import BaseXCom

from mlpipelines.runtime.console import Console, console_of


class Link(BaseOperatorLink):
    """Leads to what `operator.links` has under the key. The UI hides a link that leads nowhere."""

    def __init__(self, name: str, key: str) -> None:
        self._name, self.key = name, key

    @property
    def name(self) -> str:
        return self._name

    @property
    def xcom_key(self) -> str:
        return f"_link_{self.key}"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """The link; that of an earlier process of the same try, when this one came to nothing before it had any."""
        links: dict[str, str] = getattr(operator, "links", {})
        if links:
            return links.get(self.key, "")
        return str(BaseXCom.get_value(ti_key=ti_key, key=self.xcom_key) or "")


CONSOLE = Link("AWS console", "console")
JOB_LINKS: tuple[Link, ...] = (CONSOLE, Link("CloudWatch logs", "logs"))
#: Of what has jobs of several kinds.
JOBS_LINKS: tuple[Link, ...] = (
    Link("CloudWatch logs of training", "training_logs"),
    Link("CloudWatch logs of processing", "processing_logs"),
    Link("CloudWatch logs of transform", "transform_logs"),
)
STUDIO_LINKS = (Link("SageMaker Unified Studio", "studio"),)


def show_resource(operator: Any, context: Mapping[str, Any], resource: str, name: str) -> None:
    """Have the UI link a resource, by AWS's word for it and its name or ARN, from now on."""
    show(operator, context, lambda: operator.hook.conn, lambda console: console.resource(resource, name))


def show(
    operator: Any,
    context: Mapping[str, Any],
    client: Callable[[], Any],
    links: Callable[[Console], dict[str, str]],
) -> None:
    """Have the UI show links from now on, when the client works with AWS. That it cannot fails no task."""
    try:
        console = console_of(client())
        found = links(console) if console else {}
        if found != getattr(operator, "links", {}):
            operator.links = found
            _store(operator, context["ti"])
    except Exception as error:
        operator.log.warning("The links to AWS's console cannot be shown: %s", error)


def _store(operator: Any, ti: Any) -> None:
    """In the log too, which is what a user looks at first. A custom backend of XComs has no part in it, as when Airflow
    itself stores links."""
    place = {name: getattr(ti, name) for name in ("dag_id", "task_id", "run_id", "map_index")}
    for link in operator.operator_extra_links:
        if address := operator.links.get(link.key):
            operator.log.info("%s: %s", link.name, address)
            BaseXCom.set(link.xcom_key, address, **place)
