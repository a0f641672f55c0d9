# Astro's image: its build steps install requirements.txt and packages.txt, and copy the folder.
# 3.3 is the Airflow that requirements.txt is for; take the newest build of it.
FROM astrocrpublic.azurecr.io/runtime:3.3-7

# Telemetry off, as in the project's own Dockerfile. The triggerer does not look into the DAG folder: PYTHONPATH lets it
# import the package's trigger.
ENV AIRFLOW__DAG_FACTORY__ENABLE_TELEMETRY=False \
    DO_NOT_TRACK=1 \
    SCARF_NO_ANALYTICS=true \
    SCARF_ANALYTICS=false \
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED=False \
    PYTHONPATH=/usr/local/airflow/dags:/usr/local/airflow
