"""A processing job: inputs down, the entry point as a process, the outputs up when it has ended well.

Differs from AWS in this: a job that is stopped, runs out of time or fails uploads nothing, and an output in Continuous
mode goes up at the end as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mlpipelines.local.faults import AlgorithmFault, ClientFault
from mlpipelines.local.jobs.instances import HOST, instance_type
from mlpipelines.local.jobs.job import Job
from mlpipelines.local.storage import files_below

#: AWS keeps this many bytes of /opt/ml/output/message.
MAX_MESSAGE = 1024


class ProcessingJob(Job):
    kind = "Processing"
    log_group = "/aws/sagemaker/ProcessingJobs"

    def work(self, directory: Path) -> dict[str, Any]:
        self.start_clock()
        for output in self._outputs():
            self.site.storage.check_bucket(output["S3Uri"], "the output's S3Uri")
        self._lay_out(directory)
        process = self.start("", self._environment(), directory)
        status = self.watch(process, lambda: self.end_late(process))
        message = self._keep_message(directory / "output/message")
        self.check()
        if status:
            reason = message or (self.stream.tail[-1] if self.stream.tail else "See job logs for more information")
            raise AlgorithmFault(f"{reason[:900]}, exit code: {status}")
        self._upload()
        return {}

    def _inputs(self) -> Iterator[Mapping[str, Any]]:
        """What the platform downloads; an input that is AppManaged is the program's own affair."""
        for item in self.request.get("ProcessingInputs") or ():
            if item.get("S3Input") and not item.get("AppManaged"):
                yield item["S3Input"]

    def _outputs(self) -> Iterator[Mapping[str, Any]]:
        for item in (self.request.get("ProcessingOutputConfig") or {}).get("Outputs") or ():
            if item.get("S3Output") and not item.get("AppManaged"):
                yield item["S3Output"]

    def _lay_out(self, directory: Path) -> None:
        """Everything that a container finds below /opt/ml when it starts."""
        for name in ("config", "output", "processing"):
            (directory / name).mkdir()
        for source in self._inputs():
            folder = self.opt_ml.host(source["LocalPath"])
            folder.mkdir(parents=True, exist_ok=True)
            for item in self.site.storage.objects(source):
                self.check()
                self.site.storage.download(item, folder)
        for output in self._outputs():
            self.opt_ml.host(output["LocalPath"]).mkdir(parents=True, exist_ok=True)
        config = {name: value for name, value in self.request.items() if name not in ("Tags", "ExperimentConfig")}
        instance = instance_type(self.describe()["ProcessingResources"]["ClusterConfig"])
        files = {
            "processingjobconfig.json": {"ProcessingJobArn": self.arn, **config},
            "resourceconfig.json": {"current_host": HOST, "current_instance_type": instance, "hosts": [HOST]},
        }
        for name, content in files.items():
            (directory / "config" / name).write_text(self.opt_ml.spelled(json.dumps(content)), encoding="utf-8")

    def _environment(self) -> dict[str, str]:
        names = {"PROCESSING_JOB_NAME": self.name, "PROCESSING_JOB_ARN": self.arn}
        return {**names, **(self.request.get("Environment") or {})}

    def _keep_message(self, file: Path) -> str:
        """What the program has left for ExitMessage, however it ended. Raises ClientFault, as AWS does, for no text."""
        if not file.is_file():
            return ""
        try:
            message = file.read_bytes()[:MAX_MESSAGE].decode("utf-8", "strict")
        except UnicodeDecodeError as error:
            if error.start < MAX_MESSAGE - 4:  # and not a character that the cut went through
                raise ClientFault("/opt/ml/output/message is not UTF-8 text") from error
            message = file.read_bytes()[: error.start].decode("utf-8")
        self.update(ExitMessage=message)
        return message.strip()

    def _upload(self) -> None:
        files: dict[str, Path] = {}
        for output in self._outputs():
            files |= files_below(self.opt_ml.host(output["LocalPath"]), output["S3Uri"])
        self.site.storage.upload_all(files)
