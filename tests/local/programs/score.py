"""A container to tune: logs `score=` for `x` and `y` (hyperparameters), best at x=0.7 and worse with every y but `a`.

`epochs` times, `seconds` apart; it fails when x is above `limit`, and logs nothing with `quiet`.
"""

import json
import os
import sys
import time
from pathlib import Path

BASE = Path(os.environ["SAGEMAKER_BASE_DIR"])
values = json.loads((BASE / "input/config/hyperparameters.json").read_text())
x = float(values.get("x", "0"))
if x > float(values.get("limit", "inf")):
    sys.exit(f"x is too large: {x}")
for epoch in range(1, int(values.get("epochs", "1")) + 1):
    time.sleep(float(values.get("seconds", "0")))
    loss = (x - 0.7) ** 2 + (values.get("y", "a") != "a")
    if "quiet" not in values:
        print(f"epoch={epoch} score={-loss - 1 / epoch}", flush=True)
(BASE / "model/values.json").write_text(json.dumps(values))
