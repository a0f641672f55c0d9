# A deployment: the official Airflow image, what requirements.txt pins, the four folders, and the project's settings.
# Build: docker build -t mlpipelines .    Run it as you run the official image; only DAG files are inside.
FROM apache/airflow:3.3.2-python3.12

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

# Changes with every pipeline. Airflow finds the package in dags/, the package finds the others beside dags/.
WORKDIR /opt/airflow
COPY --chown=50000:0 schemas ./schemas
COPY --chown=50000:0 templates ./templates
COPY --chown=50000:0 dags ./dags
RUN python -m compileall -q dags
# The severities of rules that the project has set: what it does not hold for an error keeps no DAG away.
COPY --chown=50000:0 pyproject.toml ./
COPY --chown=50000:0 pipelines ./pipelines
