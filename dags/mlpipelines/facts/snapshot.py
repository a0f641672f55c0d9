"""What the facts about AWS are taken from, and when: for `mlpipelines --version`."""

from __future__ import annotations

import json
from pathlib import Path

from mlpipelines.facts.images import load_images
from mlpipelines.facts.shapes import load_shapes

_HYPERPARAMETERS = Path(__file__).parent / "hyperparameters.json"


def snapshot() -> dict[str, str]:
    """{what the facts are about: their source}"""
    facts = {
        "requests and instance types": f"botocore {load_shapes()['botocore']}",
        "images": str(load_images()["source"]),
    }
    if _HYPERPARAMETERS.is_file():
        facts["hyperparameters"] = str(json.loads(_HYPERPARAMETERS.read_text(encoding="utf-8")).get("source", ""))
    return {about: source for about, source in facts.items() if source}
