"""SageMaker's experiments, which AWS deletes only when they are empty."""

from __future__ import annotations

from typing import Any


def delete(experiments: list[str], connection: str, region: str) -> dict[str, Any]:
    """Delete them with all that they hold; one that is not there is no mistake."""
    from airflow.providers.amazon.aws.hooks.sagemaker import SageMakerHook

    client = SageMakerHook(aws_conn_id=connection, region_name=region).get_conn()
    return {"deleted": [name for name in experiments if _delete(client, name)]}


def _delete(client: Any, experiment: str) -> bool:
    try:
        client.describe_experiment(ExperimentName=experiment)
    except client.exceptions.ResourceNotFound:
        return False
    for trial in client.list_trials(ExperimentName=experiment)["TrialSummaries"]:
        _delete_trial(client, trial["TrialName"])
    client.delete_experiment(ExperimentName=experiment)
    return True


def _delete_trial(client: Any, trial: str) -> None:
    for component in client.list_trial_components(TrialName=trial)["TrialComponentSummaries"]:
        name = component["TrialComponentName"]
        client.disassociate_trial_component(TrialName=trial, TrialComponentName=name)
        client.delete_trial_component(TrialComponentName=name)
    client.delete_trial(TrialName=trial)
