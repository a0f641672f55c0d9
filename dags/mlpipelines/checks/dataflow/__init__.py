"""What does not fit between the steps of a pipeline: only what is certain, and nothing where the file is silent."""
