"""`python -m mlpipelines` is the command line."""

from mlpipelines.cli import main

if __name__ == "__main__":
    main()
