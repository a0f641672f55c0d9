#!/bin/sh
# Amazon MWAA runs this in every component before Airflow starts; deploy/mwaa.sh uploads it.

# dag-factory's switches against telemetry, and Airflow's own for versions that collect usage data.
export AIRFLOW__DAG_FACTORY__ENABLE_TELEMETRY=False
export DO_NOT_TRACK=1
export SCARF_NO_ANALYTICS=true
export SCARF_ANALYTICS=false
export AIRFLOW__USAGE_DATA_COLLECTION__ENABLED=False

# The triggerer does not look into the DAG folder, and MWAA keeps PYTHONPATH for itself: a path file does the same.
packages=$(python3 -c 'import site; print(site.getusersitepackages())')
mkdir -p "$packages" && echo "${AIRFLOW_HOME:-/usr/local/airflow}/dags" >"$packages/mlpipelines.pth"
