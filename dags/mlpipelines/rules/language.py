"""What the language of pipeline files does not allow."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

_REFERENCE = "schemas/REFERENCE.md"
_AIRFLOW = "https://airflow.apache.org/docs/apache-airflow/stable/"

RULES: tuple[Rule, ...] = (
    Rule(
        "PL101",
        "unknown-field",
        "error",
        "A field is unknown where it stands.",
        "An unknown field would do nothing, and mostly it is a misspelt one that was to do something. Correct the name,"
        " or move the field to where it belongs; what only AWS knows goes below `request:`.",
        """
newest:
  type: latest_model
  grup: flowers  # <-
""",
        """
newest:
  type: latest_model
  group: flowers
""",
        f"{_REFERENCE}#step-types",
        "run",
        fixed=True,
    ),
    Rule(
        "PL102",
        "missing-field",
        "error",
        "A field is missing, or one of several fields.",
        "Without it there is nothing to ask AWS for. Give it in the step, or in the defaults if all steps of this type"
        " have the same.",
        """
train_model:  # <-
  type: train
  channels: {train: "s3://example-bucket/train/"}
""",
        """
train_model:
  type: train
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/train:1
  channels: {train: "s3://example-bucket/train/"}
""",
        f"{_REFERENCE}#step-types",
        "run",
        fixed=True,
    ),
    Rule(
        "PL103",
        "wrong-type",
        "error",
        "A value is of the wrong kind: a text where a number is wanted, one value where a list is.",
        'Nothing is converted by guessing: 1 and "1", true and yes are different things. Write the value as the hint'
        " says.",
        """
train_model:
  type: train
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/train:1
  channels: {train: "s3://example-bucket/train/"}
  encrypt_traffic: yes  # <-
""",
        """
train_model:
  type: train
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/train:1
  channels: {train: "s3://example-bucket/train/"}
  encrypt_traffic: true
""",
        f"{_REFERENCE}#step-types",
        "run",
        fixed=True,
    ),
    Rule(
        "PL104",
        "wrong-value",
        "error",
        "A value is not one of those allowed, out of range, or not of the form wanted.",
        "The step could not be built, or AWS would refuse it. Write the value as the hint says.",
        """
newest:
  type: latest_model
  group: flowers
  approval: approved  # <-
""",
        """
newest:
  type: latest_model
  group: flowers
  approval: Approved
""",
        f"{_REFERENCE}#step-types",
        "run",
        fixed=True,
    ),
    Rule(
        "PL105",
        "wrong-key",
        "error",
        "A name that the author chose is not allowed: a step's, a channel's, a part's.",
        "Names of steps become Airflow's task ids and are referred to as `${step.output}`, names of channels become"
        " folders in the container. Others are taken already. Choose another name.",
        """
newest-model:  # <-
  type: latest_model
  group: flowers
""",
        """
newest_model:
  type: latest_model
  group: flowers
""",
        f"{_REFERENCE}#a-pipeline-file",
        "run",
        fixed=True,
    ),
    Rule(
        "PL106",
        "too-many-fields",
        "error",
        "Fields are given that exclude each other.",
        "Only one of them could be followed, and nothing says which. Take one away; one from the defaults is taken away"
        " with null.",
        """
train_model:
  type: train
  algorithm: knn
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/train:1  # <-
  channels: {train: "s3://example-bucket/train/"}
""",
        """
train_model:
  type: train
  algorithm: null
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/train:1
  channels: {train: "s3://example-bucket/train/"}
""",
        f"{_REFERENCE}#step-types",
        "run",
        fixed=True,
    ),
    Rule(
        "PL107",
        "no-effect",
        "error",
        "A field has no effect beside what else the step says.",
        "Whoever reads the step believes that the field does something. Take it away, or give what it goes with.",
        """
create_model:
  type: model
  existing: flowers
  network_isolation: true  # <-
""",
        """
create_model:
  type: model
  artifact: s3://example-bucket/model.tar.gz
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/serve:1
  network_isolation: true
""",
        f"{_REFERENCE}#model",
        "run",
    ),
    Rule(
        "PL108",
        "reserved-key",
        "error",
        "The key `__type__` or `__args__` is used.",
        "dag-factory, which builds the DAG, makes objects of mappings with these keys, of any class that they name. No"
        " pipeline may do that. Choose another name.",
        """
count:
  type: python
  function: features.count
  arguments:
    uri: {__type__: datetime.datetime}  # <-
""",
        """
count:
  type: python
  function: features.count
  arguments:
    uri: {type: datetime.datetime}
""",
        "ran dag-factory 1.1.0: it imports any class through `__type__`",
        "run",
        fixed=True,
    ),
    Rule(
        "PL109",
        "wrong-name",
        "error",
        "The name of a pipeline is not that of its file.",
        "Airflow shows the name and people look for the file: each must be found by the other, and no two DAGs may have"
        " one name. Write the file's name without its ending, or rename the file.",
        """
name: flowers  # <-
steps:
  newest: {type: latest_model, group: flowers}
""",
        """
name: example
steps:
  newest: {type: latest_model, group: flowers}
""",
        f"{_REFERENCE}#a-pipeline-file",
        "run",
        fixed=True,
    ),
    Rule(
        "PL110",
        "duplicate-name",
        "error",
        "Two files of the project have the same name.",
        "The name of the file is the id of its DAG, and Airflow would show only one of the two, now this and now that."
        " Rename one, also when they lie in different folders.",
        source=f"{_AIRFLOW}core-concepts/dags.html",
        verified="run",
        fixed=True,
    ),
    Rule(
        "PL111",
        "misplaced-defaults",
        "error",
        "A file called defaults.yaml lies where no defaults are read.",
        "Only `pipelines/defaults.yaml` holds the organisation's defaults; in a folder below it the file would become a"
        " pipeline. Move it, or write `defaults:` in the pipelines themselves.",
        source=f"{_REFERENCE}#defaults",
        verified="run",
        fixed=True,
    ),
    Rule(
        "PL112",
        "too-large",
        "error",
        "With its variables or defaults in place the pipeline is larger than 10 MB or 50,000 values.",
        "A few lines of variables or defaults stand for their whole value wherever they are used, and Airflow stores"
        " the result with each version of the DAG. Split the pipeline, or use them less.",
        """
vars:
  ten: &ten [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
  hundred: &hundred [*ten, *ten, *ten, *ten, *ten, *ten, *ten, *ten, *ten, *ten]
  thousand: &thousand [*hundred, *hundred, *hundred, *hundred, *hundred, *hundred, *hundred, *hundred, *hundred]
  many: [*thousand, *thousand, *thousand, *thousand, *thousand, *thousand, *thousand, *thousand, *thousand]
steps:
  count:
    type: python
    function: features.count
    arguments:
      uri: ["${vars.many}", "${vars.many}", "${vars.many}", "${vars.many}", "${vars.many}"]  # <-
""",
        """
vars:
  ten: &ten [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
  hundred: &hundred [*ten, *ten, *ten, *ten, *ten, *ten, *ten, *ten, *ten, *ten]
  many: [*hundred, *hundred, *hundred, *hundred, *hundred, *hundred, *hundred, *hundred, *hundred]
steps:
  count:
    type: python
    function: features.count
    arguments:
      uri: ["${vars.many}", "${vars.many}", "${vars.many}", "${vars.many}", "${vars.many}"]
""",
        f"{_REFERENCE}#limits",
        "run",
        fixed=True,
    ),
    Rule(
        "PL201",
        "wrong-reference",
        "error",
        "A reference is malformed, or stands where none can be used.",
        "`${step.output}` is replaced before the DAG exists, so it cannot stand inside Airflow's `{{ }}`, in variables"
        " or in defaults. Write it outside the braces; a plain `${` is written `$${`.",
        """
newest: {type: latest_model, group: flowers}
approved:
  type: approve
  package: ${newest}  # <-
""",
        """
newest: {type: latest_model, group: flowers}
approved:
  type: approve
  package: ${newest.arn}
  reason: No $${newest} here.
""",
        f"{_REFERENCE}#references",
        "run",
        fixed=True,
    ),
    Rule(
        "PL202",
        "unknown-step",
        "error",
        "A step is named that does not exist.",
        "The pipeline could not be put in order. Correct the name, or add the step.",
        """
newest: {type: latest_model, group: flowers}
approved:
  type: approve
  package: ${newst.arn}  # <-
""",
        """
newest: {type: latest_model, group: flowers}
approved:
  type: approve
  package: ${newest.arn}
""",
        f"{_REFERENCE}#references",
        "run",
        fixed=True,
    ),
    Rule(
        "PL203",
        "unknown-output",
        "error",
        "A step is asked for an output that it does not have, or not with the fields that it has.",
        "The task would fail when it is reached, after the steps before it have cost time and money. The hint lists the"
        " outputs that the step gives.",
        """
newest: {type: latest_model, group: flowers}
approved:
  type: approve
  package: ${newest.package}  # <-
""",
        """
newest: {type: latest_model, group: flowers}
approved:
  type: approve
  package: ${newest.arn}
""",
        f"{_REFERENCE}#step-types",
        "run",
        fixed=True,
    ),
    Rule(
        "PL204",
        "self-reference",
        "error",
        "A step refers to itself, or waits for itself.",
        "What a step gives exists only when it has ended. Name the step that was meant.",
        """
newest: {type: latest_model, group: flowers}
approved:
  type: approve
  package: ${approved.arn}  # <-
""",
        """
newest: {type: latest_model, group: flowers}
approved:
  type: approve
  package: ${newest.arn}
""",
        f"{_REFERENCE}#references",
        "run",
        fixed=True,
    ),
    Rule(
        "PL205",
        "cycle",
        "error",
        "Steps wait for each other in a circle.",
        "None of them could ever begin, and Airflow refuses such a DAG. Take one of the references away, or one of the"
        " names in `after`.",
        """
first:  # <-
  type: latest_model
  group: flowers
  after: second
second: {type: approve, package: "${first.arn}"}
""",
        """
first:
  type: latest_model
  group: flowers
second: {type: approve, package: "${first.arn}", after: first}
""",
        f"{_AIRFLOW}core-concepts/dags.html#task-dependencies",
        "run",
        fixed=True,
    ),
    Rule(
        "PL206",
        "unknown-variable",
        "error",
        "A variable is used that the file does not define.",
        "`${vars.name}` is replaced by what stands below `vars:` of the same file, and there is nothing. Define it"
        " there; Airflow's own Variables are `{{ var.value.name }}`.",
        """
vars: {group: flowers}
steps:
  newest: {type: latest_model, group: "${vars.grup}"}  # <-
""",
        """
vars: {group: flowers}
steps:
  newest: {type: latest_model, group: "${vars.group}"}
""",
        f"{_REFERENCE}#references",
        "run",
        fixed=True,
    ),
    Rule(
        "PL301",
        "wrong-schedule",
        "error",
        "A schedule says several things at once, or what does not go together.",
        "A pipeline runs by a cron expression, at an interval, or when assets were updated, and a time zone goes with a"
        " cron expression alone. Give one of them.",
        """
schedule: {every: 6h, timezone: Europe/Berlin}  # <-
steps:
  newest: {type: latest_model, group: flowers}
""",
        """
schedule: {cron: "0 */6 * * *", timezone: Europe/Berlin}
steps:
  newest: {type: latest_model, group: flowers}
""",
        f"{_AIRFLOW}authoring-and-scheduling/timetable.html",
        "run",
        fixed=True,
    ),
    Rule(
        "PL302",
        "wrong-cron",
        "error",
        "A cron expression or a preset is malformed, or never comes.",
        "Airflow cannot make a timetable of it, and the DAG would not load. Write five fields (minute, hour, day of"
        " month, month, day of week), a preset such as @daily, or null.",
        """
schedule: 0 24 * * *  # <-
steps:
  newest: {type: latest_model, group: flowers}
""",
        """
schedule: 0 23 * * *
steps:
  newest: {type: latest_model, group: flowers}
""",
        f"{_AIRFLOW}authoring-and-scheduling/cron.html",
        "run",
        fixed=True,
    ),
    Rule(
        "PL303",
        "wrong-date",
        "error",
        "A date does not exist, or the end is not after the start.",
        "Nothing would ever be scheduled. Write dates as 2026-01-31 and times as 2026-01-31T06:00:00Z.",
        """
start_date: 2026-02-30  # <-
steps:
  newest: {type: latest_model, group: flowers}
""",
        """
start_date: 2028-02-29
steps:
  newest: {type: latest_model, group: flowers}
""",
        f"{_REFERENCE}#a-pipeline-file",
        "run",
        fixed=True,
    ),
    Rule(
        "PL304",
        "unknown-timezone",
        "error",
        "A time zone does not exist.",
        "Airflow takes the names of the IANA database, such as Europe/Berlin or UTC, and would not load the DAG with"
        " another. Abbreviations such as CEST are not among them.",
        """
schedule: {cron: "0 6 * * *", timezone: Berlin}  # <-
steps:
  newest: {type: latest_model, group: flowers}
""",
        """
schedule: {cron: "0 6 * * *", timezone: Europe/Berlin}
steps:
  newest: {type: latest_model, group: flowers}
""",
        "https://www.iana.org/time-zones",
        "run",
        fixed=True,
    ),
    Rule(
        "PL305",
        "catchup-without-start",
        "error",
        "Runs are to be caught up with, and nothing says from when.",
        "Without a `start_date` there are no missed runs, so `catchup` does nothing. Give a `start_date`, or take"
        " `catchup` away.",
        """
schedule: "@daily"
catchup: true  # <-
steps:
  newest: {type: latest_model, group: flowers}
""",
        """
schedule: "@daily"
start_date: 2026-01-31
catchup: true
steps:
  newest: {type: latest_model, group: flowers}
""",
        f"{_AIRFLOW}core-concepts/dag-run.html#catchup",
        "guide",
    ),
    Rule(
        "PL306",
        "wrong-asset",
        "error",
        "An asset's name is one that Airflow refuses.",
        "Airflow refuses to load a DAG with such an asset. Write a name of ASCII characters without blanks around it,"
        " or a URI with a place in it, such as s3://bucket/key.",
        """
schedule: {assets: ["airflow://flowers"]}  # <-
steps:
  newest: {type: latest_model, group: flowers}
""",
        """
schedule: {assets: ["s3://example-bucket/flowers"]}
steps:
  newest: {type: latest_model, group: flowers}
""",
        f"{_AIRFLOW}authoring-and-scheduling/assets.html",
        "run",
        fixed=True,
    ),
    Rule(
        "PL307",
        "wrong-param",
        "error",
        "A parameter's schema is none, or its default does not fit it.",
        "Airflow checks defaults while it loads the DAG and refuses it, and scheduled runs have nothing but defaults."
        " Correct the schema or the default.",
        """
params:
  rows: {type: integer, minimum: 1, default: 0}  # <-
steps:
  newest: {type: latest_model, group: "flowers-{{ params.rows }}"}
""",
        """
params:
  rows: {type: integer, minimum: 0, default: 0}
steps:
  newest: {type: latest_model, group: "flowers-{{ params.rows }}"}
""",
        f"{_AIRFLOW}core-concepts/params.html",
        "run",
        fixed=True,
    ),
    Rule(
        "PL401",
        "wrong-split",
        "error",
        "The parts of a split do not add up to 1, or have names that would be mixed up.",
        "Every row goes into exactly one part, and the step fails after the download when the shares are not the whole."
        " Make them add up to 1; rows that nobody needs can be a part of their own.",
        """
data_prep:
  type: prepare
  dataset: https://example.com/flowers.csv
  split: {train: 0.7, test: 0.2}  # <-
""",
        """
data_prep:
  type: prepare
  dataset: https://example.com/flowers.csv
  split: {train: 0.7, test: 0.2, unused: 0.1}
""",
        f"{_REFERENCE}#prepare",
        "run",
    ),
    Rule(
        "PL402",
        "wrong-column",
        "error",
        "A column is named that does not exist, or is needed and dropped.",
        "The step would fail after the dataset has been downloaded. Correct the name: the columns are those of"
        " `columns:`, after `rename:`.",
        """
data_prep:
  type: prepare
  dataset: https://example.com/flowers.csv
  columns: [length, width, species]
  target: specis  # <-
""",
        """
data_prep:
  type: prepare
  dataset: https://example.com/flowers.csv
  columns: [length, width, kind]
  rename: {kind: species}
  target: species
""",
        f"{_REFERENCE}#prepare",
        "run",
    ),
    Rule(
        "PL403",
        "unknown-callable",
        "error",
        "A function does not exist in the package dags/callables.",
        "The task would fail as soon as it starts. Correct the name, or add the function; it is looked up in the"
        " source, nothing is imported.",
        """
count_rows:
  type: python
  function: features.cuont  # <-
  arguments: {uri: "s3://example-bucket/train/"}
""",
        """
count_rows:
  type: python
  function: features.count
  arguments: {uri: "s3://example-bucket/train/"}
""",
        f"{_REFERENCE}#python",
        "run",
    ),
    Rule(
        "PL404",
        "wrong-arguments",
        "error",
        "A function does not take the arguments that it is given, or needs others.",
        "The task would fail as soon as it starts. Write `arguments:` by the names of the function's parameters.",
        """
count_rows:
  type: python
  function: features.count
  arguments: {uri: "s3://example-bucket/train/", limits: 3}  # <-
""",
        """
count_rows:
  type: python
  function: features.count
  arguments: {uri: "s3://example-bucket/train/", limit: 3}
""",
        f"{_REFERENCE}#python",
        "run",
    ),
    Rule(
        "PL405",
        "wrong-metric",
        "error",
        "A metric is not one of this task.",
        "An evaluation measures a classification or a regression, not both at once. Make two steps of it, or take the "
        "metric away.",
        """
quality:
  type: evaluate
  predictions: s3://example-bucket/predictions/
  labels: s3://example-bucket/labels.csv
  metrics: [accuracy, rmse]  # <-
""",
        """
quality:
  type: evaluate
  predictions: s3://example-bucket/predictions/
  labels: s3://example-bucket/labels.csv
  metrics: [accuracy, f1]
""",
        f"{_REFERENCE}#evaluate",
        "run",
    ),
    Rule(
        "PL407",
        "wrong-range",
        "error",
        "The range of a hyperparameter is of no kind, of several, or has a scale that its kind has not.",
        "Each hyperparameter is searched in exactly one way: as whole numbers, as numbers between two ends, as a list"
        " of values, or by AWS's own choice. Only numbers have a `scaling`.",
        """
search:
  type: tune
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/train:1
  channels: {train: "s3://example-bucket/train/"}
  ranges:
    layers: {integer: [2, 8], categorical: [2, 4, 8]}  # <-
  metrics: {loss: "loss=([0-9.]+)"}
  minimize: loss
  max_jobs: 7
""",
        """
search:
  type: tune
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/train:1
  channels: {train: "s3://example-bucket/train/"}
  ranges:
    layers: {integer: [2, 8]}
  metrics: {loss: "loss=([0-9.]+)"}
  minimize: loss
  max_jobs: 7
""",
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ParameterRanges.html",
        "guide",
    ),
    Rule(
        "PL408",
        "misplaced-code",
        "error",
        "Code lies where deployments do not carry it, or where nothing runs it.",
        "Only `pipelines/` and `dags/` are deployed: code from elsewhere is there on your machine, and not where the"
        " task runs. Put it beside the pipelines.",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  script: ../train.py  # <-
""",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  script: code/train.py
""",
        f"{_REFERENCE}#process",
        "run",
    ),
    Rule(
        "PL409",
        "missing-code",
        "error",
        "A script or a folder of code is named that does not exist.",
        "The task uploads the code before it starts its job, and would fail there. Paths are relative to the pipeline"
        " file.",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  script: code/trian.py  # <-
""",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  script: code/train.py
""",
        f"{_REFERENCE}#process",
        "run",
    ),
    Rule(
        "PL410",
        "wrong-branch",
        "error",
        "A decision makes no difference, or leaves a step behind it that can never run.",
        "Airflow skips the branch that is not taken, and with it whatever comes after it; a step after both branches is"
        " always skipped. Give it `trigger_rule: none_failed_min_one_success`, or take a step out of one branch.",
        """
params: {publish: true}
steps:
  wanted:
    type: condition
    if: [{left: "{{ params.publish }}", is: "==", right: true}]
    then: newest
    else: any
  newest: {type: latest_model, group: flowers}
  any: {type: latest_model, group: flowers, approval: any}
  after_both:  # <-
    type: latest_model
    group: fruits
    after: [newest, any]
""",
        """
params: {publish: true}
steps:
  wanted:
    type: condition
    if: [{left: "{{ params.publish }}", is: "==", right: true}]
    then: newest
    else: any
  newest: {type: latest_model, group: flowers}
  any: {type: latest_model, group: flowers, approval: any}
  after_both:
    type: latest_model
    group: fruits
    after: [newest, any]
    trigger_rule: none_failed_min_one_success
""",
        f"{_AIRFLOW}core-concepts/dags.html#branching",
        "run",
    ),
    Rule(
        "PL411",
        "no-region",
        "error",
        "An algorithm's image depends on a region that is not known.",
        "Every region has registries of its own, and the image is looked up before the DAG exists. Give the `region:`,"
        " at best in pipelines/defaults.yaml, or the `image:` itself.",
        """
region_of_the_connection:
  type: train
  region: null
  algorithm: knn  # <-
  channels: {train: "s3://example-bucket/train/"}
""",
        """
region_of_the_connection:
  type: train
  region: null
  image: 404615174143.dkr.ecr.us-east-2.amazonaws.com/knn:1
  hyperparameters: {predictor_type: classifier, feature_dim: 4, k: 3, sample_size: 150}
  channels: {train: "s3://example-bucket/train/"}
""",
        "https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/sagemaker-algo-docker-registry-paths.html",
        "data",
        fixed=True,
    ),
    Rule(
        "PL501",
        "broken-template",
        "error",
        "A template of a step type fails.",
        "The file may be right: what makes a DAG of it is not, or does not know of a field that the schema allows. Tell"
        " whoever looks after `templates/`.",
        source="schemas/README.md",
        verified="run",
        fixed=True,
    ),
    Rule(
        "PL502",
        "internal",
        "error",
        "mlpipelines itself fails on this file.",
        "This is a defect of mlpipelines, whatever the file says. Report it with the file; other files are not touched"
        " by it.",
        source="dags/mlpipelines/project.py",
        verified="run",
        fixed=True,
    ),
    Rule(
        "PL503",
        "refused-by-airflow",
        "error",
        "Airflow or dag-factory refuses the DAG of a pipeline that has passed all checks.",
        "It is said when the DAG is built, in Airflow's import errors: no other pipeline is touched. The checks should"
        " have found it, so report it with the file.",
        source="dags/mlpipelines/loader.py",
        verified="run",
        fixed=True,
    ),
    Rule(
        "PL504",
        "unusable-project",
        "error",
        "The folders, schemas or templates of the project cannot be used.",
        "No pipeline can be built then. Airflow shows it among the import errors; the message says what is missing.",
        source="dags/mlpipelines/loader.py",
        verified="run",
        fixed=True,
    ),
    Rule(
        "PL505",
        "out-of-time",
        "error",
        "Airflow's time for a DAG file was over before all pipelines were loaded.",
        "Airflow ends a DAG file that takes longer than it allows, and then takes all its DAGs for gone. The loader"
        " stops before: the pipelines that it has reached are DAGs, and what it has compiled is kept, so that the next"
        " parse gets further. Compile in CI (`mlpipelines compile`), or raise `[core] dagbag_import_timeout` and"
        " `[dag_processor] dag_file_processor_timeout`.",
        source="https://airflow.apache.org/docs/apache-airflow/stable/configurations-ref.html#dagbag-import-timeout",
        verified="run",
        fixed=True,
    ),
)
