"""`mlpipelines up`: a whole Airflow on this machine with its web UI, and the embedded SageMaker beside it."""
