"""The embedded SageMaker of a local Airflow: it has what the pipelines name, and tells Airflow when one has changed.

`python -m mlpipelines.local.up.sagemaker ROOT REGION PORT`: `sagemaker.json` in the home says when it is ready.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Hashable
from pathlib import Path

from mlpipelines.errors import PipelineError
from mlpipelines.fingerprint import Fingerprint
from mlpipelines.layout import Layout
from mlpipelines.local.ending import Ending
from mlpipelines.local.runs.joining import join
from mlpipelines.local.runs.plan import RunError
from mlpipelines.local.runs.run import IMAGES
from mlpipelines.local.server import LocalSageMaker, forget_aws_settings
from mlpipelines.local.up.home import Home
from mlpipelines.local.up.needs import Needs
from mlpipelines.project import Project

#: Seconds between two looks at the project's files.
LOOK = 0.5
#: Seconds for which Airflow is asked to parse again and again after a change: longer than a parse that runs already.
INSIST = 2.0
log = logging.getLogger("mlpipelines.local")


def main(root: str, region: str, port: str) -> int:
    forget_aws_settings()
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", level=logging.WARNING)
    log.setLevel(logging.INFO)
    ending, home = Ending(), Home.of(Path(root))
    images = home.root / IMAGES
    local = LocalSageMaker(
        int(port), region=region, images=images if images.is_file() else None, state=home.state,
    )  # fmt: skip
    try:
        local.start()
    except PipelineError as error:
        print(error, file=sys.stderr)
        return 2
    watch = Watch(home, local.endpoint_url)
    watch.provide()
    home.write_json("sagemaker.json", {"endpoint": local.endpoint_url, "pid": os.getpid()})
    threading.Thread(target=watch.run, daemon=True).start()
    ending.wait()
    local.close()
    return 0


class Watch:
    """Looks at the project's files as long as the process lives."""

    _files: Hashable

    def __init__(self, home: Home, endpoint: str) -> None:
        self._home, self._endpoint = home, endpoint
        self._begin()

    def run(self) -> None:
        while True:
            time.sleep(LOOK)
            try:
                self.look()
            except Exception as error:  # a file that vanishes meanwhile: the next look sees the rest
                log.warning("cannot look at the project's files: %s: %s", type(error).__name__, error)

    def look(self) -> None:
        files, same = _states(self._project), self._fingerprint.holds(self._project)
        if same and files == self._files:
            return
        self._home.touch_dag_files(time.time() + INSIST)
        if same:  # a project remembers what files have become that are still the same
            self._files = files
        else:
            self._begin()
        self.provide()

    def provide(self) -> None:
        """Make the buckets and roles that pipelines name. One that AWS would refuse fails its own pipeline's runs."""
        for region, need in Needs.of(self._project).by_region():
            try:
                join(self._endpoint, region, sorted(need.buckets), sorted(need.roles))
            except RunError as error:
                log.warning("not all buckets and roles of %s could be made: %s", region, error)

    def _begin(self) -> None:
        self._project = Project.at(self._home.root)
        self._files, self._fingerprint = _states(self._project), Fingerprint.of(self._project)


def _states(layout: Layout) -> Hashable:
    return tuple((str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in layout.files() if file.is_file())


if __name__ == "__main__":
    status = main(*sys.argv[1:])
    sys.stderr.flush()
    os._exit(status)  # a thread that is stuck in a request must not hold the end up
