"""A task that has one SageMaker job: its constructor, and what the kinds of jobs do each in its own way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from airflow.providers.amazon.aws.operators.sagemaker import SageMakerBaseOperator
from airflow.providers.common.compat.sdk import conf

from mlpipelines.runtime import aws_errors
from mlpipelines.runtime.casting import cast_request
from mlpipelines.runtime.hook import JobHook
from mlpipelines.runtime.job_kinds import JobKind
from mlpipelines.runtime.links import JOB_LINKS, show_resource
from mlpipelines.runtime.memory import Memory
from mlpipelines.runtime.plain_data import plain_data
from mlpipelines.runtime.requests import expand_roles, merge_text, refuse_wrong


class JobTask(SageMakerBaseOperator):
    """What the operators of all kinds of jobs have in common.

    :param config: the AWS request, flat
    :param request: JSON text of a request that another task has made; merged over `config`
    :param wait_for_completion: whether the task lasts as long as its job
    :param deferrable: wait in the triggerer instead of on the worker
    :param check_interval: seconds between two looks at the job
    :param max_attempts: at most so many looks; then the task fails and stops its job. None: as long as the job runs
    :param max_ingestion_time: the same limit in seconds
    :param on_kill_action: what becomes of the job when its task is killed, cleared, marked, out of time or given up
    :param instance_types: tried in this order when there is no capacity
    :param ignored_rules: ids of rules that the pipeline's author has chosen to break
    """

    kind: ClassVar[JobKind]
    aws_hook_class = JobHook
    operator_extra_links = JOB_LINKS
    hook: JobHook  # type: ignore[misc]
    check_interval: Any  # the provider's are whole numbers
    max_attempts: Any
    max_ingestion_time: Any
    template_fields: Sequence[str] = (*SageMakerBaseOperator.template_fields, "request", "instance_types")

    def __init__(
        self,
        *,
        config: dict[str, Any],
        request: str | None = None,
        wait_for_completion: bool = True,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        check_interval: float = 30,
        max_attempts: int | None = None,
        max_ingestion_time: float | None = None,
        on_kill_action: Literal["stop", "leave"] = "stop",
        instance_types: list[str] | None = None,
        ignored_rules: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(config=config, **kwargs)
        self.request = request
        self.wait_for_completion = wait_for_completion
        self.deferrable = deferrable
        self.check_interval = check_interval
        self.max_attempts = max_attempts
        self.max_ingestion_time = max_ingestion_time
        self.on_kill_action = on_kill_action
        self.instance_types = instance_types
        self.ignored_rules = ignored_rules
        self.job_name = ""
        self._killed = False
        self._ended = False

    def prepare(self) -> None:
        """Make the rendered config the request that AWS gets."""
        self.config = cast_request(self.kind.create, merge_text(self.config, self.request))

    def check(self) -> None:
        """Raise StepError when AWS would refuse the request; called before a job starts."""
        refuse_wrong(self.kind.create, self.config, ignored=self.ignored_rules)

    def complete(self) -> None:
        """What the request needs besides before a job can be created of it."""
        self.hook.configure_s3_resources(self.config)
        expand_roles(self.config, self.hook.role_arn)

    def create(self) -> None:
        """Create the job of the name `job_name`."""
        self.hook.call(self.kind.create, **{**self.config, self.kind.key: self.job_name})

    def result(self, description: dict[str, Any]) -> dict[str, Any]:
        """What other tasks see of the job."""
        return {self.kind.result: plain_data(description)}

    def show_progress(self, description: dict[str, Any]) -> None:
        """Called after every look at the job on the worker, and at its end."""

    # What all of them do

    def show_links(self) -> None:
        """Link the job and its logs in Airflow's UI."""
        show_resource(self, self._context, self.kind.resource, self.job_name)

    def _begin(self, context: Any) -> None:
        self._context, self._memory = context, Memory(context)
        self.prepare()

    def _describe(self, job: str) -> dict[str, Any]:
        return self.hook.call(self.kind.describe, **{self.kind.key: job})

    def _find(self, job: str) -> dict[str, Any] | None:
        try:
            return self._describe(job)
        except Exception as error:
            if aws_errors.is_unknown(error):
                return None
            raise
