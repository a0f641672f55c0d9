"""The jobs of one embedded SageMaker: a registry, a pool of threads that run them, and the models they use."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from mlpipelines.local.api import limits
from mlpipelines.local.clients import Clients, job_environment
from mlpipelines.local.faults import NOT_SIMULATED, ApiError, InvalidRequest
from mlpipelines.local.images import Images, Program
from mlpipelines.local.jobs.commands import processing_program, serving_program, training_program
from mlpipelines.local.jobs.job import Job
from mlpipelines.local.jobs.launching import Site
from mlpipelines.local.jobs.past_jobs import JOB, PastJob, job_record
from mlpipelines.local.jobs.processing import ProcessingJob
from mlpipelines.local.jobs.training import TrainingJob
from mlpipelines.local.jobs.transform import TransformJob
from mlpipelines.local.records.experiments import Experiments
from mlpipelines.local.records.notebooks import Notebooks
from mlpipelines.local.records.pipeline_executions import Executions
from mlpipelines.local.records.pipelines import Pipelines
from mlpipelines.local.records.records import Records
from mlpipelines.local.records.registry import Registry
from mlpipelines.local.serving.containers import Container, model_containers
from mlpipelines.local.serving.endpoints import Endpoints, Surroundings
from mlpipelines.local.storage import Storage
from mlpipelines.local.tuning.job import TuningJob

MODEL = "model"
#: Gives a job's `run` a thread.
Start = Callable[[Callable[[], None]], Any]
AnyJob = Job | TuningJob | PastJob
log = logging.getLogger("mlpipelines.local")


class Engine:
    """`directory` holds the jobs' directories; with `keep` they stay there after their job has ended. `records` is
    where jobs, endpoints and the like are kept beyond this engine's life.

    `mounts` and `no_capacity` are as in Site.
    """

    def __init__(
        self,
        clients: Clients,
        images: Images,
        directory: Path,
        workers: int,
        stop_grace: float,
        keep: bool,
        mounts: bool = False,
        no_capacity: Collection[str] = (),
        records: Path | None = None,
    ) -> None:
        self.clients, self._images, self._directory = clients, images, directory
        self._stop_grace, self._keep = stop_grace, keep
        self._mounts, self._no_capacity = mounts, frozenset(no_capacity)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="job")
        self._lock = threading.Lock()
        self._jobs: dict[tuple[str, str, str], AnyJob] = {}
        self.records = Records(records)
        self.registry, self.experiments = Registry(self.records), Experiments(self.records)
        self.notebooks, self.pipelines = Notebooks(self.records), Pipelines(self.records)
        self.executions = Executions(self.records, self.pipelines)
        around = Surroundings(clients, self.model, self.containers, self._site)
        self.endpoints = Endpoints(around, self.records)
        self._closed = False

    # Jobs. A scope is account and region, as "000000000000:us-east-1".

    def create_training_job(
        self, scope: str, region: str, arn: str, request: Mapping[str, Any], notes: Sequence[str] = (), **state: Any
    ) -> TrainingJob:
        """`notes` and `state` are what a tuning job adds to its trials."""
        program, site = self.training_program(request), self._site("training", request["TrainingJobName"], region)
        job = TrainingJob(request, arn, program, site, [*notes, *limits.training_notes(request, program)])
        job.update(**state)
        self._submit(scope, job)
        return job

    def add_tuning_job(self, scope: str, job: TuningJob) -> None:
        self._submit(scope, job, lambda run: threading.Thread(target=run, name=job.name, daemon=True).start())

    def training_program(self, request: Mapping[str, Any]) -> Program:
        """What runs a CreateTrainingJob request. Raises InvalidRequest when nothing here can."""
        image = request["AlgorithmSpecification"].get("TrainingImage")
        if not image and not request["AlgorithmSpecification"].get("AlgorithmName"):
            raise InvalidRequest("You must specify either TrainingImage or AlgorithmName in AlgorithmSpecification.")
        limits.refuse(limits.training_refusals(request))
        program = training_program(self._images, request)
        if program is None:
            raise InvalidRequest(self._images.advice(image or ""))
        if program.built_in and request["AlgorithmSpecification"].get("MetricDefinitions"):
            raise InvalidRequest(
                "You can't override the metric definitions for Amazon SageMaker algorithms. Please retry the request "
                "without specifying metric definitions."
            )
        return program

    def create_transform_job(self, scope: str, region: str, arn: str, request: Mapping[str, Any]) -> None:
        model = self.model(scope, request["ModelName"])
        if not model:
            model_arn = f"{arn.rpartition(':')[0]}:model/{request['ModelName'].lower()}"
            raise InvalidRequest(f'Could not find model "{model_arn}".')
        limits.refuse(limits.transform_refusals(request, model))
        containers = self.containers(scope, model)
        notes = [*limits.transform_notes(request), *limits.model_notes(model)]
        site = self._site("transform", request["TransformJobName"], region)
        job = TransformJob(request, arn, containers[0].program, site, notes)
        job.containers = containers
        self._submit(scope, job)

    def create_processing_job(self, scope: str, region: str, arn: str, request: Mapping[str, Any]) -> None:
        limits.refuse(limits.processing_refusals(request))
        program = processing_program(self._images, request)
        if program is None:
            raise InvalidRequest(self._images.processing_advice(request["AppSpecification"]["ImageUri"]))
        site = self._site("processing", request["ProcessingJobName"], region)
        self._submit(scope, ProcessingJob(request, arn, program, site, list(limits.processing_notes(request))))

    def job(self, scope: str, kind: str, name: str) -> AnyJob:
        try:
            return self._jobs[scope, kind, name]
        except KeyError:
            raise InvalidRequest("Requested resource not found.") from None

    def jobs(self, scope: str, kind: str | None = None) -> list[AnyJob]:
        """All jobs of one kind, or of every kind."""
        with self._lock:
            return [job for (where, what, _), job in self._jobs.items() if where == scope and kind in (None, what)]

    def tuning_job(self, scope: str, name: str) -> TuningJob:
        """Raises InvalidRequest for one of an earlier server as well: it knows no longer what it has learnt."""
        job = self.job(scope, TuningJob.kind, name)
        if not isinstance(job, TuningJob):
            raise InvalidRequest(
                f"{NOT_SIMULATED}: a warm start from {name}, which ran before the server was restarted."
            )
        return job

    def remove_tuning_job(self, scope: str, name: str) -> None:
        if not self.job(scope, TuningJob.kind, name).wait(0):
            raise InvalidRequest("The hyperparameter tuning job must have ended before it can be deleted.")
        with self._lock:
            del self._jobs[scope, TuningJob.kind, name]
        self.records.remove(JOB, scope, f"{TuningJob.kind}/{name}")

    def model(self, scope: str, name: str) -> dict[str, Any]:
        """Its CreateModel request and more; empty when there is none."""
        return self.records.get(MODEL, scope, name) or {}

    def containers(self, scope: str, model: Mapping[str, Any]) -> list[Container]:
        """Raises InvalidRequest for an image without a program and for a model package that is not there."""
        return model_containers(model, self._serving_program, partial(self.registry.package, scope))

    # What outlives this engine

    def restore(self) -> None:
        """The jobs and endpoints of an earlier engine, from the records."""
        for scope, _, record in self.records.items(JOB):
            job = PastJob(record)
            self._jobs[scope, job.kind, job.name] = job
            self.keep_job(scope, job)
        self.endpoints.restore()

    def keep_job(self, scope: str, job: AnyJob) -> None:
        if self.records.kept:
            self.records.put(JOB, scope, f"{job.kind}/{job.name}", job_record(job))

    def storage(self, region: str) -> Storage:
        return Storage(self.clients.get("s3", region), region)

    def close(self, seconds: float = 3.0) -> None:
        """End every job and endpoint and wait for their processes, at most so long."""
        with self._lock:
            self._closed = True
            jobs = list(self._jobs.values())
        self._pool.shutdown(wait=False, cancel_futures=True)
        for job in jobs:
            job.end()
        deadline = time.monotonic() + seconds
        self.endpoints.close(seconds)
        late = [job.name for job in jobs if not job.wait(max(0.0, deadline - time.monotonic()))]
        if late:
            log.warning("still running after %g s: %s", seconds, ", ".join(late))

    def _submit(self, scope: str, job: Job | TuningJob, start: Start | None = None) -> None:
        with self._lock:
            if self._closed:
                raise ApiError("ServiceUnavailable", "The local SageMaker is shutting down.")
            if (scope, job.kind, job.name) in self._jobs:
                raise ApiError(
                    "ResourceInUse",
                    "Job name must be unique within an AWS account and region, and a job with this name already exists "
                    f"({job.arn})",
                )
            self._jobs[scope, job.kind, job.name] = job
            job.changed = lambda: self.keep_job(scope, job)
            job.changed()
            (start or self._pool.submit)(job.run)

    def _serving_program(self, container: Mapping[str, Any]) -> Program:
        program = serving_program(self._images, container)
        if program is None:
            raise InvalidRequest(self._images.advice(container.get("Image") or ""))
        return program

    def _site(self, kind: str, name: str, region: str) -> Site:
        return Site(
            storage=self.storage(region),
            logs=self.clients.get("logs", region),
            directory=self._directory / kind / name,
            environment=job_environment(self.clients.endpoint_url, region),
            stop_grace=self._stop_grace,
            keep=self._keep,
            mounts=self._mounts,
            no_capacity=self._no_capacity,
        )
