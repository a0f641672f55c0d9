"""One pipeline's run on this machine: Airflow and the embedded SageMaker as child processes, and what they leave."""
