"""What changes between two states of a project: DAGs, steps, dependencies, and what is sent to AWS."""
