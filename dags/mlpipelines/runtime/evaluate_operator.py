"""The task of an `evaluate` step: it links what was written to S3 in Airflow's UI."""

from __future__ import annotations

from typing import Any

from airflow.providers.standard.operators.python import PythonOperator

from mlpipelines.runtime.links import Link, show
from mlpipelines.runtime.storage import Storage, split_uri


class EvaluateOperator(PythonOperator):
    """PythonOperator of a function that returns {"report": URI, "pictures": {name: URI}}."""

    operator_extra_links = (
        Link("Report", "report"),
        Link("Confusion matrix", "confusion_matrix"),
        Link("ROC curve", "roc_curve"),
    )

    def execute(self, context: Any) -> Any:
        result = super().execute(context)
        storage = Storage(self.op_kwargs.get("connection"), self.op_kwargs.get("region"))
        places = {"report": result["report"], **result["pictures"]}
        show(
            self,
            context,
            lambda: storage.client,
            lambda console: {name: console.object(*split_uri(uri, name)) for name, uri in places.items()},
        )
        return result
