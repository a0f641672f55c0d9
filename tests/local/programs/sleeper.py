"""A container that takes its time: hyperparameters `seconds`, `stubborn` (ignores SIGTERM), `children`, and `escape`:
seconds that a process of a session of its own holds the output open."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

BASE = Path(os.environ["SAGEMAKER_BASE_DIR"])


def main() -> None:
    values = json.loads((BASE / "input/config/hyperparameters.json").read_text())
    if values.get("stubborn"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for _ in range(int(values.get("children", "0"))):
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", values.get("mark", "")])
    if "escape" in values:
        subprocess.Popen(["sleep", values["escape"]], start_new_session=True)
    (BASE / "model/half").write_text("half a model")
    print("sleeping, progress=0.5", flush=True)
    time.sleep(float(values.get("seconds", "600")))
    (BASE / "output/data/report.txt").write_text("done")


main()
