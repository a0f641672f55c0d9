"""The built-in algorithms that run locally; each is a program with the commands `train` and `serve`."""
