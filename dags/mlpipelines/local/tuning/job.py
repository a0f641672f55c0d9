"""A tuning job: it proposes combinations, runs them as training jobs of the engine, and keeps the score.

It has a thread of its own that only waits, so its trials get the engine's workers. Differs from AWS in this: a trial
that Hyperband has brought to MaxResource runs to its end, for a stopped training job leaves no model here.
"""

from __future__ import annotations

import contextlib
import copy
import hashlib
import logging
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import cycle
from typing import Any

from mlpipelines.local.faults import ApiError, InvalidRequest, JobFault
from mlpipelines.local.jobs.job import POLL
from mlpipelines.local.jobs.training import TrainingJob
from mlpipelines.local.tuning.bayesian import BayesianSearch
from mlpipelines.local.tuning.definitions import Definition, definitions
from mlpipelines.local.tuning.rules import epochs
from mlpipelines.local.tuning.search import GridSearch, Observation, RandomSearch, Search
from mlpipelines.local.tuning.stopping import below_the_cut, rungs, worse_than_median
from mlpipelines.local.tuning.trials import Trial, best, counters, not_improving

Launch = Callable[[Mapping[str, Any]], TrainingJob]
#: After so many trials without a single success the job gives up, as on AWS.
ATTEMPTS = 5
ALL_FAILED = "All training jobs failed. Please take a look at the training jobs failures to get more details."
NONE_SUCCEEDED = (
    "No training job succeeded after {} attempts. Please take a look at the training job failures to get more details."
)
NO_OBJECTIVE = (
    "No objective metrics found after running {} training jobs. Please ensure that the custom algorithm is emitting "
    "the objective metric as defined by the regular expression provided."
)
TIME_UP = "MaxRuntimeInSeconds ({}) was over before a training job had completed."
log = logging.getLogger("mlpipelines.local")


class TuningJob:
    """`run` is called once, on a thread of its own; everything else on any thread. `launch` starts a training job."""

    kind = "HyperParameterTuning"

    def __init__(self, request: Mapping[str, Any], arn: str, parents: Sequence[TuningJob], launch: Launch) -> None:
        self.request, self.arn, self.parents, self._launch = request, arn, parents, launch
        self.name: str = request["HyperParameterTuningJobName"]
        self.config: Mapping[str, Any] = request["HyperParameterTuningJobConfig"]
        self.definitions = definitions(request)
        self.trials: list[Trial] = []
        self._searches = {definition.name: self._search(definition) for definition in self.definitions}
        self._turns = cycle(self.definitions)
        self._lock = threading.RLock()
        self._stop, self._done, self._closing = threading.Event(), threading.Event(), threading.Event()
        #: Called after each change of its description.
        self.changed: Callable[[], None] = lambda: None
        self._began = time.monotonic()
        now = time.time()
        self._state: dict[str, Any] = {
            "HyperParameterTuningJobStatus": "InProgress",
            "HyperParameterTuningJobArn": arn,
            "CreationTime": now,
            "LastModifiedTime": now,
        }

    @property
    def status(self) -> str:
        with self._lock:
            return str(self._state["HyperParameterTuningJobStatus"])

    @property
    def best(self) -> Trial | None:
        with self._lock:
            return best(self.trials)

    def describe(self) -> dict[str, Any]:
        with self._lock:
            details = {"NumberOfTrainingJobsObjectiveNotImproving": not_improving(self.trials)}
            seconds = self._state.get("HyperParameterTuningEndTime", time.time()) - self._state["CreationTime"]
            return {
                **copy.deepcopy(dict(self.request)),
                **self._state,
                **counters(self.trials),
                **self._best_jobs(),
                "TuningJobCompletionDetails": details,
                "ConsumedResources": {"RuntimeInSeconds": int(seconds)},
            }

    def summaries(self) -> list[dict[str, Any]]:
        with self._lock:
            return [trial.summary() for trial in self.trials]

    def run(self) -> None:
        log.info("tuning job %s: started, %s", self.name, self.config["Strategy"])
        try:
            self._tune()
            reason = ""
        except ApiError as error:  # of a training job: the request has passed the same checks, so this is rare
            reason = f"ClientError: {error}"
        except Exception as error:  # a defect of the embedded SageMaker
            log.exception("tuning job %s", self.name)
            reason = JobFault(f"{type(error).__name__}: {error}").reason
        self._end_trials()
        self._finish(reason)

    def stop(self) -> None:
        """Ask the job to end; it is Stopped when its training jobs are."""
        with self._lock:
            if self._done.is_set():
                raise InvalidRequest(
                    f"The request was rejected because the hyperparameter tuning job is in status {self.status}."
                )
            self._stop.set()
            self._update(HyperParameterTuningJobStatus="Stopping")

    def end(self) -> None:
        """The same for a server that goes down; the engine ends the training jobs."""
        self._closing.set()
        self._stop.set()

    def wait(self, seconds: float) -> bool:
        """Whether the job has ended."""
        return self._done.wait(seconds)

    # The search

    def _tune(self) -> None:
        limits = self.config["ResourceLimits"]
        exhausted = False
        while not self._stop.is_set() and not self._enough():
            running = [trial for trial in self.trials if trial.running]
            self._stop_hopeless(running)
            room = len(self.trials) < limits.get("MaxNumberOfTrainingJobs", math.inf) and not exhausted
            if room and len(running) < limits["MaxParallelTrainingJobs"]:
                exhausted = not self._start_trial()
            elif room or running:
                self._stop.wait(POLL)
            else:
                return

    def _start_trial(self) -> bool:
        """The definitions take turns; False when none of them has anything left to try."""
        for definition in (next(self._turns) for _ in self.definitions):
            values = self._searches[definition.name].propose(self._seen(definition))
            if values is not None:
                number = len(self.trials) + 1
                name = f"{self.name}-{number:03d}-{_digest(f'{self.name}/{number}')[:8]}"
                request = definition.training_request(name, values, self.request.get("Tags") or [])
                trial = Trial(self._launch(request), definition, values)
                with self._lock:
                    self.trials.append(trial)
                    self._update()
                return True
        return False

    def _seen(self, definition: Definition) -> list[Observation]:
        """What is known about a definition: its trials, and those of the parents."""
        own = [trial.observation() for trial in self.trials if trial.definition is definition]
        return [*own, *self._inherited(definition)]

    def _inherited(self, definition: Definition) -> Iterator[Observation]:
        transfer = (self.request.get("WarmStartConfig") or {}).get("WarmStartType") == "TransferLearning"
        for parent in self.parents:
            for trial in parent.trials:
                values = {**trial.definition.static, **trial.values}
                known = {name: values[name] for name in definition.space.names if name in values}
                if trial.definition.name == definition.name and len(known) == len(definition.space.names):
                    group = parent.name if transfer else ""
                    yield Observation(known, trial.loss, trial.loss is None, group)

    def _search(self, definition: Definition) -> Search:
        seed = int(_digest(f"{self.config.get('RandomSeed', self.name)}/{definition.name}")[:12], 16)
        if self.config["Strategy"] == "Grid":
            return GridSearch(definition.space)
        kind = BayesianSearch if self.config["Strategy"] == "Bayesian" else RandomSearch
        return kind(definition.space, seed)

    # The end

    def _enough(self) -> bool:
        if self._time_is_up():
            return True
        ended = [trial for trial in self.trials if not trial.running]
        if len(ended) >= ATTEMPTS and all(trial.loss is None for trial in ended):
            return True
        criteria = self.config.get("TuningJobCompletionCriteria") or {}
        patience = (criteria.get("BestObjectiveNotImproving") or {}).get("MaxNumberOfTrainingJobsNotImproving")
        if patience and not_improving(self.trials) >= patience:
            return True
        target, leader = criteria.get("TargetObjectiveMetricValue"), self.best
        return target is not None and leader is not None and leader.loss <= target * leader.definition.sign

    def _time_is_up(self) -> bool:
        limit: float = self.config["ResourceLimits"].get("MaxRuntimeInSeconds", math.inf)
        return time.monotonic() - self._began >= limit

    def _stop_hopeless(self, running: Sequence[Trial]) -> None:
        if self.config["Strategy"] == "Hyperband":
            hyperband = (self.config.get("StrategyConfig") or {}).get("HyperbandStrategyConfig") or {}
            heights = rungs(hyperband.get("MinResource", 1), epochs(self.request) or 1)
            others = {id(trial): trial.losses for trial in self.trials}
            for trial in running:
                peers = [losses for other, losses in others.items() if other != id(trial)]
                if below_the_cut(others[id(trial)], peers, heights):
                    _stop_job(trial.job)
        elif self.config.get("TrainingJobEarlyStoppingType") == "Auto":
            completed = [trial.losses for trial in self.trials if trial.job.status == "Completed"]
            for trial in running:
                if worse_than_median(trial.losses, completed):
                    _stop_job(trial.job)

    def _end_trials(self) -> None:
        for trial in self.trials:
            _stop_job(trial.job)
        while any(trial.running for trial in self.trials) and not self._closing.wait(POLL):
            continue

    def _finish(self, reason: str) -> None:
        with self._lock:
            status = "Stopped" if self._stop.is_set() else "Completed"
            reason = reason or ("" if self._stop.is_set() else self._failure())
            ended = {"HyperParameterTuningEndTime": time.time()}
            failed = {"FailureReason": reason} if reason else {}
            self._update(HyperParameterTuningJobStatus="Failed" if reason else status, **ended, **failed)
            self._done.set()
        log.info("tuning job %s: %s %s", self.name, self.status, reason)

    def _failure(self) -> str:
        if self.best:
            return ""
        if all(trial.job.status == "Failed" for trial in self.trials):
            return NONE_SUCCEEDED.format(ATTEMPTS) if len(self.trials) >= ATTEMPTS else ALL_FAILED
        if self._time_is_up():
            return TIME_UP.format(self.config["ResourceLimits"]["MaxRuntimeInSeconds"])
        return NO_OBJECTIVE.format(len(self.trials))

    def _best_jobs(self) -> dict[str, Any]:
        leader = self.best
        found = {"BestTrainingJob": leader.summary()} if leader else {}
        if (self.request.get("WarmStartConfig") or {}).get("WarmStartType") == "IdenticalDataAndAlgorithm":
            everyone = {id(trial): job.name for job in (self, *self.parents) for trial in job.trials}
            overall = best([trial for job in (self, *self.parents) for trial in job.trials])
            if overall:
                found["OverallBestTrainingJob"] = {**overall.summary(), "TuningJobName": everyone[id(overall)]}
        return found

    def _update(self, **state: Any) -> None:
        self._state.update(state, LastModifiedTime=time.time())
        self.changed()


def _stop_job(job: TrainingJob) -> None:
    if job.status == "InProgress":
        with contextlib.suppress(InvalidRequest):  # it has ended meanwhile
            job.stop()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
