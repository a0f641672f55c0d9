"""The actions on experiments, trials and trial components."""

from __future__ import annotations

from typing import Any

from mlpipelines.local.api.actions import Actions, json_text
from mlpipelines.local.faults import InvalidRequest
from mlpipelines.local.records.experiments import COMPONENT, EXPERIMENT, TRIAL, Kind


class ExperimentActions(Actions):
    """Mixin: what SageMaker Experiments keeps."""

    def create_experiment(self) -> Any:
        return self._create(EXPERIMENT)

    def create_trial(self) -> Any:
        return self._create(TRIAL)

    def create_trial_component(self) -> Any:
        return self._create(COMPONENT)

    def describe_experiment(self) -> Any:
        return self._describe(EXPERIMENT)

    def describe_trial(self) -> Any:
        return self._describe(TRIAL)

    def describe_trial_component(self) -> Any:
        return self._describe(COMPONENT)

    def update_experiment(self) -> Any:
        return self._update(EXPERIMENT)

    def update_trial(self) -> Any:
        return self._update(TRIAL)

    def update_trial_component(self) -> Any:
        return self._update(COMPONENT)

    def delete_experiment(self) -> Any:
        return self._delete(EXPERIMENT)

    def delete_trial(self) -> Any:
        return self._delete(TRIAL)

    def delete_trial_component(self) -> Any:
        return self._delete(COMPONENT)

    def list_experiments(self) -> Any:
        return json_text(self.engine.experiments.summaries(EXPERIMENT, self._scope, self.request))

    def list_trials(self) -> Any:
        return json_text(self.engine.experiments.summaries(TRIAL, self._scope, self.request))

    def list_trial_components(self) -> Any:
        return json_text(self.engine.experiments.summaries(COMPONENT, self._scope, self.request))

    def associate_trial_component(self) -> Any:
        return json_text(self.engine.experiments.associate(self._scope, self._arn_prefix, self.request, together=True))

    def disassociate_trial_component(self) -> Any:
        return json_text(self.engine.experiments.associate(self._scope, self._arn_prefix, self.request, together=False))

    def search(self) -> Any:
        raise InvalidRequest("Not simulated by the local SageMaker: Search. The List actions have filters.")

    def _create(self, kind: Kind) -> str:
        arn = self.engine.experiments.create(kind, self._scope, self._arn_prefix, self.request)
        return json_text({f"{kind.member}Arn": arn})

    def _describe(self, kind: Kind) -> str:
        name = self.request[f"{kind.member}Name"]
        return json_text(self.engine.experiments.describe(kind, self._scope, self._arn_prefix, name))

    def _update(self, kind: Kind) -> str:
        arn = self.engine.experiments.update(kind, self._scope, self._arn_prefix, self.request)
        return json_text({f"{kind.member}Arn": arn})

    def _delete(self, kind: Kind) -> str:
        name = self.request[f"{kind.member}Name"]
        arn = self.engine.experiments.delete(kind, self._scope, self._arn_prefix, name)
        return json_text({f"{kind.member}Arn": arn})
