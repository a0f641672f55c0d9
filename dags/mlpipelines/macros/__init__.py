"""Airflow's templates (`{{ }}`), read without ever being run: what they use, and what they will look like."""
