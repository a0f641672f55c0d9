"""What a framework container does where the user's script does not: arrays from and to JSON, CSV and NPY."""

from __future__ import annotations

import importlib
import io
import json
import os
from typing import Any

from mlpipelines.local.algorithms.contract import split_content_type
from mlpipelines.local.algorithms.serving import Refused

JSON, CSV, NPY = "application/json", "text/csv", "application/x-npy"


def accepted(accept: str) -> str:
    """The first type that is asked for, else the container's default."""
    wanted = accept.partition(",")[0].strip()
    return os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", JSON) if wanted in ("", "*/*") else wanted


def input_fn(payload: str | bytes, content_type: str) -> Any:
    import numpy as np

    match split_content_type(content_type)[0]:
        case "application/json":
            return np.asarray(json.loads(payload), dtype=np.float32)
        case "text/csv":
            text = payload if isinstance(payload, str) else payload.decode()
            return np.genfromtxt(io.StringIO(text), dtype=np.float32, delimiter=",")
        case "application/x-npy":
            content = payload if isinstance(payload, bytes) else payload.encode()
            return np.load(io.BytesIO(content), allow_pickle=False)
        case other:
            raise Refused(415, f"content type {other!r} is not supported by default; write input_fn for it")


def predict_fn(data: Any, model: Any) -> Any:
    if hasattr(model, "predict"):
        return model.predict(data)
    if hasattr(model, "eval") and hasattr(model, "state_dict"):  # a torch.nn.Module
        torch = importlib.import_module("torch")
        with torch.no_grad():
            return model.eval()(torch.as_tensor(data)).cpu().numpy()
    raise TypeError(f"a model of type {type(model).__name__} has no predict(); write predict_fn for it")


def output_fn(prediction: Any, accept: str) -> tuple[str | bytes, str]:
    return encoded(prediction, accept), accept


def encoded(prediction: Any, accept: str) -> str | bytes:
    """Raises Refused."""
    import numpy as np

    array = np.asarray(prediction)
    match split_content_type(accept)[0]:
        case "application/json":
            return json.dumps(array.tolist())
        case "text/csv":
            text = io.StringIO()
            np.savetxt(text, array, delimiter=",", fmt="%s")
            return text.getvalue()
        case "application/x-npy":
            content = io.BytesIO()
            np.save(content, array)
            return content.getvalue()
        case other:
            raise Refused(406, f"accept {other!r} is not supported by default; write output_fn for it")
