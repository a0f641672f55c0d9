"""A container that fails: hyperparameters `status` and `failure` (the text of output/failure)."""

import json
import os
import sys
from pathlib import Path

BASE = Path(os.environ["SAGEMAKER_BASE_DIR"])
values = json.loads((BASE / "input/config/hyperparameters.json").read_text())
print("about to fail", flush=True)
(BASE / "model/half").write_text("half a model")
if "failure" in values:
    (BASE / "output/failure").write_text(values["failure"])
sys.exit(int(values.get("status", "1")))
