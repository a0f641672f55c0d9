"""A container whose own entry point prints its arguments."""

import sys

print("echo", sys.argv[1:], flush=True)
