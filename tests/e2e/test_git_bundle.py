"""`git push` deploys: Airflow's own GitDagBundle, set up as deploy/git-bundle.env says, reads a repository that asks
for a token, and runs what it finds against the embedded SageMaker.

The package is installed beside it, as it is on a triggerer's machine. Tasks must not take that one for their own.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import ROOT
from tests.e2e.deployed_airflow import await_true
from tests.e2e.git_deployment import Lab, running_lab
from tests.e2e.git_repository import serves_git

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(400),
    pytest.mark.skipif(not serves_git(), reason="there is no Git here, or one that cannot serve HTTP"),
]

DATASET = "https://archive.ics.uci.edu/ml/machine-learning-databases/iris/iris.data"
#: The example as far as its training, with quick looks at the job.
IRIS, _, _ = (ROOT / "pipelines" / "iris-knn.yaml").read_text(encoding="utf-8").partition("  create_model:")
IRIS = IRIS.replace(DATASET, "s3://lab/raw/iris.data") + "defaults: {train: {poll_interval: 1s}}\n"
DEFAULTS = (ROOT / "pipelines" / "defaults.yaml").read_text(encoding="utf-8").replace("us-east-2", "us-east-1")
SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
#: Held in its first step; all that comes behind it comes after a push.
FLOWERS = """\
name: flowers
max_active_runs: 9
steps:
  held: {type: python, function: gates.wait, arguments: {gate: "{{ dag_run.run_id }}"}}
  said: {type: python, function: gates.version, after: held}
  note:
    type: process
    image: SKLEARN
    script: code/note.py
    instance_type: ml.m5.large
    poll_interval: 1s
    after: held
  data_prep:
    type: prepare
    dataset: s3://lab/raw/iris.data
    columns: [sepal_length, sepal_width, petal_length, petal_width, species]
    target: species
    classes: auto
    split: {train: 0.7, test: 0.3}
    after: held
  train_model:
    type: train
    algorithm: knn
    hyperparameters: {predictor_type: classifier, feature_dim: 4, k: NUMBER, sample_size: 150}
    channels: {train: "${data_prep.train}"}
    instance_type: ml.m5.large
    poll_interval: 1s
""".replace("SKLEARN", SKLEARN)
GATES = """\
import os, time
from pathlib import Path

def wait(gate):
    deadline = time.monotonic() + 120
    while not Path(os.environ["GATES"], gate).exists():
        assert time.monotonic() < deadline, f"nobody opened {gate}"
        time.sleep(0.1)
    return version()

def version():
    return {"version": "WORD"}
"""
SLOW = """\
name: slow
params: {seconds: 600}
max_active_runs: 9
steps:
  job:
    type: train
    image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/sleeper
    hyperparameters: {seconds: "{{ params.seconds }}"}
    channels: {train: s3://lab/raw/}
    instance_type: ml.m5.large
    poll_interval: 1s
"""
GATED = """\
name: NAME
steps:
  held: {type: python, function: gates.wait, arguments: {gate: "{{ dag_run.run_id }}"}, retries: 9, retry_delay: 3s}
  said: {type: python, function: gates.version, after: held}
"""


def of_version(word: str, k: int) -> dict[str, str]:
    return {
        "pipelines/flowers.yaml": FLOWERS.replace("NUMBER", str(k)),
        "pipelines/code/note.py": f"print('noted by {word}')\n",
        "dags/callables/gates.py": GATES.replace("WORD", word),
    }


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    files = {"pipelines/defaults.yaml": DEFAULTS, "pipelines/slow.yaml": SLOW, **of_version("one", 3)}
    with running_lab(tmp_path_factory.mktemp("git-bundle"), files, 2) as lab:
        data = ROOT / "dags" / "mlpipelines" / "local" / "datasets" / "iris.data"
        lab.aws.put("raw/iris.data", data.read_text(encoding="utf-8"))
        yield lab


def test_a_pushed_pipeline_trains_while_a_broken_one_comes_and_goes(lab: Lab) -> None:
    lab.await_commit("iris-knn", lab.repository.push({"pipelines/iris-knn.yaml": IRIS}))
    lab.airflow.trigger("iris-knn", "iris")
    good = lab.dags()
    broken = "name: broken\nsteps:\n  a: {type: python, function: gates.version}\n  b: {type: pyton}\n"
    lab.repository.push({"pipelines/broken.yaml": broken})
    await_true(lambda: bool(lab.airflow.import_errors()), 60, lambda: "no import error")
    ((file, text),) = lab.airflow.import_errors().items()
    assert file == "invalid_pipelines.py"
    assert "pipelines/broken.yaml:4:13: " in text
    assert lab.dags() == good
    lab.repository.revert()
    await_true(lambda: not lab.airflow.import_errors(), 60, lambda: "the import error stays")
    assert lab.dags() == good
    lab.airflow.await_end("iris-knn", "iris")
    (job,) = lab.jobs("iris-knn", "iris", "train_model")
    assert job["TrainingJobStatus"] == "Completed"
    assert any(key.endswith("/model.tar.gz") for key in lab.aws.keys("iris-knn/iris-"))


def test_a_run_finishes_on_the_version_that_it_started_with(lab: Lab) -> None:
    first = lab.repository.push(of_version("one", 3) | {"pipelines/code/more.py": "print('one')\n"})
    lab.await_commit("flowers", first)
    lab.airflow.trigger("flowers", "before")
    lab.airflow.trigger("slow", "across", seconds=20)
    lab.await_task("flowers", "before", "held", "running")
    lab.await_task("slow", "across", "job", "deferred")
    known = lab.versions("flowers")
    second = lab.repository.push(of_version("two", 5))
    lab.await_commit("flowers", second)
    await_true(lambda: lab.versions("flowers") > known, 30, lambda: "no new DAG version")
    lab.open("before", "after")
    lab.airflow.trigger("flowers", "after")
    for run, commit, word, k in (("before", first, "one", "3"), ("after", second, "two", "5")):
        lab.airflow.await_end("flowers", run)
        (job,) = lab.jobs("flowers", run, "train_model")
        assert job["HyperParameters"]["k"] == k
        assert lab.result("flowers", run, "held") == lab.result("flowers", run, "said") == {"version": word}
        assert lab.uploaded("flowers", run, "note.py") == f"print('noted by {word}')\n"
        assert lab.run("flowers", run)["bundle_version"] == commit
        assert lab.commits_of_tasks(run) == {commit}
    numbers = [lab.run("flowers", run)["dag_versions"][0]["version_number"] for run in ("before", "after")]
    assert numbers == [known, known + 1]
    lab.airflow.await_end("slow", "across")
    assert lab.commits_of_tasks("across") == {first}


def test_a_deferred_task_is_watched_and_ended_by_the_package_of_the_triggerer(lab: Lab) -> None:
    lab.airflow.trigger("slow", "ended")
    task = lab.airflow.await_state("slow", "ended", "deferred")
    lab.airflow.await_trigger("ended")
    assert task["trigger"]["classpath"] == "mlpipelines.runtime.triggers.JobTrigger"
    lab.airflow.mark_failed("slow", "ended")
    await_true(
        lambda: [job["TrainingJobStatus"] for job in lab.jobs("slow", "ended", "job")] == ["Stopped"],
        30,
        lambda: lab.airflow.task_log("ended"),
    )
    assert lab.airflow.await_state("slow", "ended", "failed")


def test_a_run_of_a_pipeline_that_is_removed_goes_on_when_it_is_back(lab: Lab) -> None:
    """Airflow schedules nothing of a DAG that it no longer has; deploy/git-bundle.md says how to remove one."""
    commit = lab.repository.push({"pipelines/leaving.yaml": GATED.replace("NAME", "leaving")})
    lab.await_commit("leaving", commit)
    lab.airflow.trigger("leaving", "left")
    lab.await_task("leaving", "left", "held", "running")
    lab.repository.push({"pipelines/leaving.yaml": None})
    await_true(lambda: "leaving" not in lab.dags(), 60, lambda: "the DAG stays")
    lab.open("left")
    lab.await_task("leaving", "left", "held", "success")
    assert lab.run("leaving", "left")["state"] == "running"
    lab.repository.revert()
    lab.airflow.await_end("leaving", "left")
    assert lab.commits_of_tasks("left") == {commit}


def test_nothing_flickers_while_the_repository_is_away(lab: Lab) -> None:
    known = lab.repository.push({"pipelines/steady.yaml": GATED.replace("NAME", "steady")})
    lab.await_commit("steady", known)
    lab.airflow.trigger("steady", "away")
    await_true(lambda: lab.commits_of_tasks("away") == {known}, 60, lambda: lab.airflow.task_log("away"))
    lab.server.stop()
    failures, dags = lab.failed_refreshes(), lab.dags()
    lab.open("away", "elsewhere")
    await_true(lambda: lab.failed_refreshes() >= failures + 2, 60, lambda: "it was not asked for")
    assert (lab.dags(), lab.airflow.import_errors()) == (dags, {})
    lab.airflow.await_end("steady", "away")
    assert lab.commits_of_tasks("away") == {known}
    late = lab.repository.push({"pipelines/late.yaml": GATED.replace("NAME", "late")})
    lab.server.start()
    lab.await_commit("late", late)
    lab.server.stop()
    lab.airflow.trigger("late", "elsewhere")  # of a version that no worker has yet
    await_true(lambda: lab.has_failed_once("late", "elsewhere", "held"), 60, lambda: lab.airflow.task_log("elsewhere"))
    latest = lab.repository.push({"pipelines/later.yaml": GATED.replace("NAME", "later")})
    lab.server.start()
    lab.await_commit("later", latest)
    lab.airflow.await_end("late", "elsewhere")
    assert lab.commits_of_tasks("elsewhere") == {late}
