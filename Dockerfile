# The images of a deployment: the official Airflow image, what requirements.txt pins, the four folders, and the
# project's settings.
#   docker build -t mlpipelines .       to be run as you run the official image; only DAG files are inside
#   docker compose up                   builds and runs the target `local`, with the embedded SageMaker in it
# deploy/docker.md has the rest.

FROM apache/airflow:3.3.2-python3.12 AS requirements

# The image's own unprivileged user, by number: that is what Kubernetes' runAsNonRoot can check.
USER 50000:0

# dag-factory's three switches against telemetry, and Airflow's own for versions that collect usage data.
# No examples: the DAGs are those of pipelines/.
# The triggerer does not look into the DAG folder: PYTHONPATH lets it import the package's trigger.
ENV AIRFLOW__DAG_FACTORY__ENABLE_TELEMETRY=False \
    DO_NOT_TRACK=1 \
    SCARF_NO_ANALYTICS=true \
    SCARF_ANALYTICS=false \
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED=False \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/airflow/dags \
    PYTHONPATH=/opt/airflow/dags

# Changes rarely and takes minutes, so it comes first. The lock is resolved together with what the image carries
# (.ci/image.txt). pip compiles what it installs.
COPY --chown=50000:0 requirements.txt constraints.txt /tmp/mlpipelines/
RUN pip install --no-cache-dir --requirement /tmp/mlpipelines/requirements.txt \
        --constraint /tmp/mlpipelines/constraints.txt

# Airflow finds the package in dags/, the package finds the others beside dags/.
WORKDIR /opt/airflow


# For this machine alone: with the embedded SageMaker. compose.yaml mounts the pipelines, so that edits are seen.
FROM requirements AS local
COPY --chown=50000:0 pyproject.toml ./
RUN python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["local"], sep="\n")' \
        >/tmp/mlpipelines/local.txt && \
    pip install --no-cache-dir --requirement /tmp/mlpipelines/local.txt --constraint /tmp/mlpipelines/constraints.txt
# Volumes take over who owns the folders that they are mounted on. Local jobs take seconds: the policy has tasks wait for
# them on the worker, and look more often.
RUN mkdir -m 775 state sagemaker && \
    mkdir -p config && echo 'from mlpipelines.local.polling import task_policy' >config/airflow_local_settings.py
COPY --chown=50000:0 schemas ./schemas
COPY --chown=50000:0 templates ./templates
COPY --chown=50000:0 dags ./dags
RUN python -m compileall -q config dags


# What is deployed. The last target is the one that is built when none is named.
FROM requirements AS deployed
COPY --chown=50000:0 schemas ./schemas
COPY --chown=50000:0 templates ./templates
COPY --chown=50000:0 dags ./dags
RUN python -m compileall -q dags
# The severities of rules that the project has set: what it does not hold for an error keeps no DAG away.
COPY --chown=50000:0 pyproject.toml ./
# Changes with every pipeline.
COPY --chown=50000:0 pipelines ./pipelines
# Interprets every pipeline once and for all: Airflow reads .mlpipelines/compiled and writes nothing here. An image with
# an invalid pipeline is not built, for Airflow would lose that pipeline's DAG when the image is rolled out. With
# --build-arg INVALID_PIPELINES=allow it is: the others run, and Airflow's home page shows what is wrong. Status 1 means
# invalid pipelines; anything else fails in any case.
ARG INVALID_PIPELINES=refuse
RUN python -m mlpipelines compile || { test $? -eq 1 && test "$INVALID_PIPELINES" = allow; }
