"""`make bench`: how long things take, beside what they may take. `--quick` measures less, less exactly.

Measured in folders of its own; nothing is left behind. A missed target is shown and is no failure.
"""

from __future__ import annotations

import argparse
import importlib
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "dags")]

#: Each is a module `bench_<part>` beside this one with `rows(quick)`.
PARTS = ("validate", "dagbag", "parts", "run")
PREPARE = Path(__file__).with_name("bench_prepare.py")
PREPARE_QUICKLY = ("--size", "20000000", "--repeat", "1")


def main() -> None:
    parser = argparse.ArgumentParser(description="How long things take, beside what they may take.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join([*PARTS, 'prepare'])}; default: all")
    parser.add_argument("--quick", action="store_true", help="less of everything: minutes become seconds")
    options = parser.parse_args()
    unknown = set(options.parts) - {*PARTS, "prepare"}
    if unknown:
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    wanted = options.parts or [*PARTS, "prepare"]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the folders go then, too
    measure = importlib.import_module("tests.bench.measure")
    for name in [name for name in PARTS if name in wanted]:
        rows = importlib.import_module(f"tests.bench.bench_{name}").rows(options.quick)
        print(f"== {name}", measure.show(list(rows)), "", sep="\n", flush=True)
    if "prepare" in wanted and PREPARE.is_file():
        print("== prepare", flush=True)
        subprocess.run([sys.executable, PREPARE, *(PREPARE_QUICKLY if options.quick else [])], check=True)


if __name__ == "__main__":
    main()
