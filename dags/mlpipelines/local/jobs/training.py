"""A training job: channels down, the container contract on disk, the algorithm, the model up.

Differs from AWS in this: a job that is stopped, runs out of time or fails uploads nothing but its checkpoints (AWS
uploads what it finds in the model directory of a stopped job, and output.tar.gz of a failed one).
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlpipelines.local.images import Program
from mlpipelines.local.jobs.channels import ChannelPipe, channel_config, download, mode
from mlpipelines.local.jobs.checkpoints import kept_checkpoints
from mlpipelines.local.jobs.instances import HOST, resource_config
from mlpipelines.local.jobs.job import Job
from mlpipelines.local.jobs.launching import Site
from mlpipelines.local.jobs.metrics import Metrics
from mlpipelines.local.jobs.process import JobProcess
from mlpipelines.local.storage import files_below, pack

_LAST_MESSAGES = {
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
}


class TrainingJob(Job):
    kind = "Training"
    log_group = "/aws/sagemaker/TrainingJobs"

    def __init__(self, request: Mapping[str, Any], arn: str, program: Program, site: Site, notes: list[str]) -> None:
        algorithm = request["AlgorithmSpecification"]
        self.metrics = Metrics(algorithm.get("MetricDefinitions") or (), program.built_in)
        self._pipes: list[ChannelPipe] = []
        super().__init__(request, arn, program, site, notes)
        output = request["OutputDataConfig"]["S3OutputPath"].rstrip("/")
        self._output = f"{output}/{self.name}/output"
        for member in ("EnableNetworkIsolation", "EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining"):
            self._state[member] = request.get(member, False)
        self._state["SecondaryStatusTransitions"] = []
        if request["ResourceConfig"].get("KeepAlivePeriodInSeconds"):
            self._state["WarmPoolStatus"] = {"Status": "InUse"}
        simulated = f" (simulated: {'; '.join(notes)})" if notes else ""
        self._step("Starting", f"Starting the training job{simulated}")

    def read_log(self, line: str) -> None:
        self.metrics.read(line)

    def work(self, directory: Path) -> dict[str, Any]:
        self.start_clock()
        self.site.storage.check_bucket(self._output)
        self._step("Downloading", "Downloading input data")
        with kept_checkpoints(self.site.storage, self.request.get("CheckpointConfig"), self.opt_ml):
            try:
                self._lay_out(directory)
                self._step("Training", "Training image download completed. Training in progress.")
                self._train(directory)
            finally:
                for pipe in self._pipes:
                    pipe.end()
        self._step("Uploading", "Uploading generated training model")
        return {
            "ModelArtifacts": {"S3ModelArtifacts": self._upload(directory)},
            "FinalMetricDataList": self.metrics.final,
        }

    def stopping(self) -> None:
        self._step("Stopping", "Stopping the training job")

    def finished(self, status: str, state: dict[str, Any]) -> dict[str, Any]:
        last = "MaxRuntimeExceeded" if status == "Stopped" and self.out_of_time() else status
        now = self._step(last, _LAST_MESSAGES[last])
        self._state["SecondaryStatusTransitions"][-1]["EndTime"] = now
        seconds = max(1, round(now - self._state.get("TrainingStartTime", now)))
        if "WarmPoolStatus" in self._state:
            state["WarmPoolStatus"] = {"Status": "Terminated", "ResourceRetainedBillableTimeInSeconds": 0}
        return {**state, "TrainingEndTime": now, "TrainingTimeInSeconds": seconds, "BillableTimeInSeconds": seconds}

    def _step(self, status: str, message: str) -> float:
        with self._lock:
            now = time.time()
            transitions = self._state["SecondaryStatusTransitions"]
            if self._stop.is_set() and status in ("Downloading", "Training", "Uploading"):
                return now
            if transitions:
                transitions[-1]["EndTime"] = now
            transitions.append({"Status": status, "StartTime": now, "StatusMessage": message})
            self.update(SecondaryStatus=status)
            return now

    def _lay_out(self, directory: Path) -> None:
        """Everything that a container finds below /opt/ml when it starts."""
        config, data = directory / "input/config", directory / "input/data"
        for folder in (config, data, directory / "model", directory / "output/data"):
            folder.mkdir(parents=True)
        modes: dict[str, dict[str, str]] = {}
        for channel in self.request.get("InputDataConfig") or ():
            name = channel["ChannelName"]
            how = mode(channel, self.request["AlgorithmSpecification"], self.program.built_in)
            modes[name] = channel_config(channel, how)
            if how == "Pipe":
                self._pipes.append(ChannelPipe(self.site.storage, channel, data))
            else:
                download(self.site.storage, channel, data / name, self.check)
        files: dict[str, Any] = {
            "hyperparameters.json": self.request.get("HyperParameters") or {},
            "inputdataconfig.json": modes,
            "resourceconfig.json": resource_config(self.describe()["ResourceConfig"]),
        }
        for name, content in files.items():
            (config / name).write_text(json.dumps(content), encoding="utf-8")

    def _train(self, directory: Path) -> None:
        process = self.start("train", self._environment(directory), directory)
        status = self.watch(process, lambda: self._end_early(process))
        self.check()
        for pipe in self._pipes:
            if pipe.fault:
                raise pipe.fault
        if status:
            raise self.exit_fault(status, directory / "output/failure")

    def _end_early(self, process: JobProcess) -> None:
        self.end_late(process)
        if any(pipe.fault for pipe in self._pipes):
            process.terminate()

    def _environment(self, directory: Path) -> dict[str, str]:
        """AWS's variables, and those of its script-mode toolkits that say where things are."""
        data = directory / "input/data"
        channels = [channel["ChannelName"] for channel in self.request.get("InputDataConfig") or ()]
        return {
            "TRAINING_JOB_NAME": self.name,
            "TRAINING_JOB_ARN": self.arn,
            "SM_MODEL_DIR": str(directory / "model"),
            "SM_OUTPUT_DATA_DIR": str(directory / "output/data"),
            "SM_INPUT_DIR": str(directory / "input"),
            "SM_CURRENT_HOST": HOST,
            "SM_HOSTS": json.dumps([HOST]),
            "SM_HPS": json.dumps(self.request.get("HyperParameters") or {}),
            "SM_CHANNELS": json.dumps(channels),
            **{f"SM_CHANNEL_{channel.upper()}": str(data / channel) for channel in channels},
            **(self.request.get("Environment") or {}),
        }

    def _upload(self, directory: Path) -> str:
        """Where the model is then. It goes last: where it is, everything is."""
        model, data = directory / "model", directory / "output/data"
        if self.request["OutputDataConfig"].get("CompressionType") == "NONE":
            files = files_below(data, f"{self._output}/data") | files_below(model, f"{self._output}/model")
            where = f"{self._output}/model/"
        else:
            where = f"{self._output}/model.tar.gz"
            packed = {f"{self._output}/output.tar.gz": data} if any(data.iterdir()) else {}
            files = {uri: self._packed(uri, folder) for uri, folder in {**packed, where: model}.items()}
        self.check()
        self.site.storage.upload_all(files)
        return where

    def _packed(self, uri: str, folder: Path) -> Path:
        archive = self.directory / uri.rpartition("/")[2]
        pack(folder, archive)
        self.check()
        return archive
