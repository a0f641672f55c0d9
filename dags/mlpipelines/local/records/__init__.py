"""What is only written down: the registry, notebooks, experiments, pipelines; and how it outlives the server."""
