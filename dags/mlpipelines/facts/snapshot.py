"""What the facts about AWS are taken from, and when: for `mlpipelines --version`."""

from __future__ import annotations

from mlpipelines.facts.algorithms import load_algorithms
from mlpipelines.facts.images import load_images
from mlpipelines.facts.shapes import load_shapes


def snapshot() -> dict[str, str]:
    """{what the facts are about: their source}"""
    learnt = load_algorithms()["_snapshot"]
    return {
        "requests and instance types": f"botocore {load_shapes()['botocore']}",
        "images": str(load_images()["source"]),
        "hyperparameters": f"of {learnt['date']}, from the {', '.join(learnt['sources'])}",
    }
