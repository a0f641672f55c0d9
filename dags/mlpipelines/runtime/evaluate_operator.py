"""The task of an `evaluate` step: it links what was written to S3 in Airflow's UI.

Airflow stores a task's links as XComs when the task ends and shows them from there, so the API server needs neither a
plugin nor this module.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import BaseOperatorLink

from mlpipelines.runtime.storage import Storage, split_uri

_CONSOLES = {"aws-cn": "amazonaws.cn", "aws-us-gov": "amazonaws-us-gov.com"}


class ObjectLink(BaseOperatorLink):
    """Leads to an object that the task wrote, in the AWS console."""

    def __init__(self, name: str, output: str) -> None:
        self._name, self._output = name, output

    @property
    def name(self) -> str:
        return self._name

    @property
    def xcom_key(self) -> str:
        return f"_link_{self._output}"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """Empty, which the UI shows as a link that leads nowhere, when the task has not written the object."""
        links: dict[str, str] = operator.links
        return links.get(self._output, "")


class EvaluateOperator(PythonOperator):
    """PythonOperator of a function that returns {"report": URI, "pictures": {name: URI}}."""

    operator_extra_links = (
        ObjectLink("Report", "report"),
        ObjectLink("Confusion matrix", "confusion_matrix"),
        ObjectLink("ROC curve", "roc_curve"),
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.links: dict[str, str] = {}

    def execute(self, context: Any) -> Any:
        connection, region = self.op_kwargs.get("connection"), self.op_kwargs.get("region")
        result = super().execute(context)
        storage = Storage(connection, region)
        places = {"report": result["report"], **result["pictures"]}
        self.links = {name: console_link(uri, storage.region, storage.partition) for name, uri in places.items()}
        return result


def console_link(uri: str, region: str | None, partition: str) -> str:
    """Where the AWS console shows an object."""
    bucket, key = split_uri(uri, "S3 object")
    place = f"{region}." if region else ""
    domain = _CONSOLES.get(partition, "aws.amazon.com")
    query = f"region={region}&" if region else ""
    return f"https://{place}console.{domain}/s3/object/{bucket}?{query}prefix={quote(key, safe='')}"
