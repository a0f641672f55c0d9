"""A training job: channels down, the container contract on disk, the algorithm, the model up.

Differs from AWS in this: a job that is stopped, runs out of time or fails uploads nothing at all (AWS uploads what it
finds in the model directory of a stopped job, and output.tar.gz of a failed one).
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlpipelines.local.images import Program
from mlpipelines.local.jobs import Job, Site
from mlpipelines.local.metrics import Metrics
from mlpipelines.local.storage import pack

HOST = "algo-1"
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
        super().__init__(request, arn, program, site, notes)
        output = request["OutputDataConfig"]["S3OutputPath"].rstrip("/")
        self._output = f"{output}/{self.name}/output"
        for member in ("EnableNetworkIsolation", "EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining"):
            self._state[member] = request.get(member, False)
        self._state["SecondaryStatusTransitions"] = []
        simulated = f" (simulated: {'; '.join(notes)})" if notes else ""
        self._step("Starting", f"Starting the training job{simulated}")

    def read_log(self, line: str) -> None:
        self.metrics.read(line)

    def work(self, directory: Path) -> dict[str, Any]:
        self.start_clock()
        self.site.storage.check_bucket(self._output)
        self._step("Downloading", "Downloading input data")
        self._lay_out(directory)
        self._step("Training", "Training image download completed. Training in progress.")
        self._train(directory)
        self._step("Uploading", "Uploading generated training model")
        self._upload(directory)
        return {
            "ModelArtifacts": {"S3ModelArtifacts": f"{self._output}/model.tar.gz"},
            "FinalMetricDataList": self.metrics.final,
        }

    def stopping(self) -> None:
        self._step("Stopping", "Stopping the training job")

    def finished(self, status: str, state: dict[str, Any]) -> dict[str, Any]:
        last = "MaxRuntimeExceeded" if status == "Stopped" and self.out_of_time() else status
        now = self._step(last, _LAST_MESSAGES[last])
        self._state["SecondaryStatusTransitions"][-1]["EndTime"] = now
        seconds = max(1, round(now - self._state.get("TrainingStartTime", now)))
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
        channels = self.request.get("InputDataConfig") or ()
        for channel in channels:
            folder = data / channel["ChannelName"]
            folder.mkdir()
            for item in self.site.storage.objects(channel["DataSource"]["S3DataSource"]):
                self.check()
                self.site.storage.download(item, folder, channel.get("CompressionType", "None"))
        files: dict[str, Any] = {
            "hyperparameters.json": self.request.get("HyperParameters") or {},
            "inputdataconfig.json": {channel["ChannelName"]: _channel_config(channel) for channel in channels},
            "resourceconfig.json": {"current_host": HOST, "hosts": [HOST], "network_interface_name": "lo"},
        }
        for name, content in files.items():
            (config / name).write_text(json.dumps(content), encoding="utf-8")

    def _train(self, directory: Path) -> None:
        process = self.start("train", self._environment(directory), directory)
        status = self.watch(process, lambda: self.end_late(process))
        self.check()
        if status:
            raise self.exit_fault(status, directory / "output/failure")

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

    def _upload(self, directory: Path) -> None:
        """Archives are made whole on disk first, the model goes last: where it is, everything is."""
        self._pack_and_upload(directory, "output/data", "output.tar.gz", always=False)
        self._pack_and_upload(directory, "model", "model.tar.gz", always=True)

    def _pack_and_upload(self, directory: Path, folder: str, name: str, always: bool) -> None:
        source = directory / folder
        if always or any(source.iterdir()):
            archive = directory / name
            pack(source, archive)
            self.check()
            self.site.storage.upload(archive, f"{self._output}/{name}")


def _channel_config(channel: Mapping[str, Any]) -> dict[str, str]:
    config = {
        "TrainingInputMode": "File",
        "S3DistributionType": channel["DataSource"]["S3DataSource"].get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": channel.get("RecordWrapperType", "None"),
    }
    return {**config, "ContentType": channel["ContentType"]} if "ContentType" in channel else config
