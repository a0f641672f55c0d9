"""What Airflow and its operators do not do."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

_CONTEXT = "airflow/sdk/execution_time/task_runner.py, RuntimeTaskInstance.get_template_context (Airflow 3.3.2)"
_OPERATORS = "airflow/providers/amazon/aws/operators/sagemaker.py (provider 9.39.0)"


def _train(more: str, name: str = "") -> str:
    """A whole file with one training step."""
    lines = [f"name: {name or 'example'}", "steps:", "  train:", "    type: train", "    algorithm: knn"]
    lines += ["    hyperparameters: {predictor_type: classifier, feature_dim: 4, k: 3, sample_size: 150}"]
    lines += ['    channels: {train: "s3://example-bucket/iris/train.csv"}', f"    {more}"]
    return "\n".join(lines) + "\n"


def _by_assets(more: str) -> str:
    return _train(more).replace("steps:", "schedule: {assets: [flowers]}\nsteps:")


def _with_params(more: str, params: str) -> str:
    return _train(more).replace("steps:", f"params: {{{params}}}\nsteps:")


RULES: tuple[Rule, ...] = (
    Rule(
        "AF01",
        "text-for-a-number",
        "error",
        "A template gives text where AWS wants a number.",
        "Templates always give text. The tasks turn it into a number where AWS wants one, and fail when it is none, "
        "after the steps before have cost their money. Write the number, or take it from a parameter that holds one.",
        _with_params('instance_count: "{{ params.size }}"  # <-', "size: large"),
        _with_params('instance_count: "{{ params.size }}"', 'size: "2"'),
        _OPERATORS + ", integer_fields",
    ),
    Rule(
        "AF03",
        "too-long-when-rendered",
        "error",
        "A text becomes longer than AWS allows when its template is rendered.",
        "AWS refuses the request when the task runs, with a message about a name that stands nowhere in the file. "
        "ds_nodash has 8 characters, ds 10, ts_nodash 15, ts_nodash_with_tz 20, ts 25, run_id 33 to 50. Names may have "
        "63, those of tuning and AutoML jobs 32; without `name:` one is made that fits.",
        _train("name: nearest-neighbours-of-the-flowers-in-gardens-1-{{ ts_nodash }}-{{ ti.try_number }}  # <-"),
        _train("name: nearest-neighbours-of-the-flowers-in-gardens-{{ ts_nodash }}-{{ ti.try_number }}"),
        _CONTEXT,
    ),
    Rule(
        "AF04",
        "illegal-when-rendered",
        "error",
        "A text holds what AWS does not allow when its template is rendered.",
        "Names of jobs, models and endpoints have letters, digits and hyphens alone. `run_id` and `ts` hold colons, a "
        "plus and underscores; names of steps and pipelines may hold underscores. AWS refuses the request when the "
        "task runs. `ts_nodash` and `ds` are legal, and `| replace('_', '-')` helps.",
        _train("name: knn-{{ run_id }}  # <-"),
        _train("name: knn-{{ run_id | replace('_', '-') | replace(':', '-') | replace('+', '-') }}"),
        _CONTEXT,
    ),
    Rule(
        "AF05",
        "needs-logical-date",
        "error",
        "A template uses what runs without a logical date do not have.",
        "Runs that assets start have no logical date: `ds`, `ts`, `logical_date` and the data interval do not exist "
        "in them, and the task fails when it is rendered. `dag_run.run_after` is there in every run.",
        _by_assets("name: knn-{{ ts_nodash }}  # <-"),
        _by_assets("name: knn-{{ dag_run.run_after | ts_nodash }}"),
        _CONTEXT,
        "code",
    ),
    Rule(
        "AF06",
        "removed-macro",
        "error",
        "A template uses what Airflow 3 no longer has.",
        "Airflow 2 had it, and examples on the web still do. The task fails when it is rendered.",
        _train('name: "knn-{{ execution_date | ts_nodash }}"  # <-'),
        _train('name: "knn-{{ logical_date | ts_nodash }}"'),
        _CONTEXT,
        "code",
    ),
    Rule(
        "AF08",
        "deferred-and-not-waited-for",
        "warning",
        "A step is to wait for its job without a worker, and is not to wait at all.",
        "`deferrable` says how a step waits. With `wait: false` it does not, so the field does nothing.",
        _train("wait: false").rstrip() + "\n    deferrable: true  # <-\n",
        _train("wait: true").rstrip() + "\n    deferrable: true\n",
        _OPERATORS,
        "code",
    ),
    Rule(
        "AF21",
        "unknown-macro",
        "error",
        "A template uses a name that Airflow does not have.",
        "Airflow renders templates strictly: the task fails on a name that is not there. With a default "
        "(`| default('x')`) it does not.",
        _train('name: "knn-{{ ts_nodahs }}"  # <-'),
        _train('name: "knn-{{ ts_nodahs | default(ts_nodash) }}"'),
        _CONTEXT,
    ),
    Rule(
        "AF22",
        "template-syntax",
        "error",
        "Airflow cannot read a template.",
        "Jinja refuses it before it is rendered: braces that do not close, a filter that does not exist. The task "
        "fails.",
        _train('name: "knn-{{ ts_nodash }-1"  # <-'),
        _train('name: "knn-{{ ts_nodash }}-1"'),
        "https://jinja.palletsprojects.com/en/stable/templates/",
    ),
    Rule(
        "AF23",
        "not-rendered",
        "error",
        "A template stands where Airflow renders none.",
        "Such fields tell Airflow how to run the task and are read before there is a run; keys of mappings are never "
        "rendered. The braces would be taken as they are.",
        _train('pool: "{{ params.pool }}"  # <-'),
        _train('pool: "trainings"'),
        "airflow/sdk/bases/operator.py: template_fields name what is rendered (Airflow 3.3.2)",
        "code",
    ),
    Rule(
        "AF24",
        "unknown-param",
        "error",
        "A template uses a parameter that the pipeline does not have.",
        "Airflow fails the task on a parameter that is not defined, even when the run was triggered with it. Define it "
        "below `params:`.",
        _with_params("name: knn-{{ params.enviroment }}  # <-", "environment: test"),
        _with_params("name: knn-{{ params.environment }}", "environment: test"),
        _CONTEXT,
    ),
    Rule(
        "AF25",
        "unknown-attribute",
        "error",
        "A template asks something for what it does not have.",
        "Airflow renders templates strictly: the task fails on it, after the steps before have cost their money.",
        _train("name: knn-{{ dag_run.run_after.strfime('%H%M') }}  # <-"),
        _train("name: knn-{{ dag_run.run_after.strftime('%H%M') }}"),
        "airflow/sdk/api/datamodels/_generated.py, airflow/sdk/execution_time/macros.py (Airflow 3.3.2)",
        "code",
    ),
    Rule(
        "AF26",
        "single-braces",
        "warning",
        "A template of Airflow has one pair of braces.",
        "Airflow renders `{{ ds }}`; `{ds}` is plain text to it, so every run writes to the same place, with braces in "
        "its name.",
        _train('output: "s3://example-bucket/{ds}/models"  # <-'),
        _train('output: "s3://example-bucket/{{ ds }}/{day}"'),
        _CONTEXT,
        "guide",
    ),
)

LEFT_OUT: dict[str, str] = {
    "AF02": "No field turns native rendering on, and the generated DAGs leave it off.",
    "AF07": "How long a task waits follows from `max_runtime`, and from the limits in `request:`.",
    "AF09": "`operation` takes what there is (PL104); a name of a job that is in use gets an end of its own.",
    "AF10": "The tasks start tuning jobs without the part of the hook that reads the channels.",
    "AF11": "`S3Operations` is a member that AWS does not have, which SM001 refuses in `request:`.",
    "AF12": "`register` sends the status to AWS as it is written.",
    "AF13": "`notebook` writes tags in the form that AWS wants.",
    "AF14": "`register` gives the group its own description.",
    "AF15": "A name that is in use gets an end of our own making, and no more of it is cut than that needs.",
}
