"""Memory and speed of prepare on a large CSV, beside reading the same file once with pandas in chunks.

    python tests/bench/bench_prepare.py [--size 1000000000] [--repeat 3] [--plain] [--http]

The dataset lies in the local cache, or is served over loopback HTTP (--http); S3 is moto in a process of its own. Every
measurement is a fresh process, whose peak memory includes its imports. `files` is the time until the part files are
finished on the local disk, `all` includes the upload of what are about two copies of the data; `ratio` is the time of
pandas over `files`. prepare uses two processors and pandas one, so on a busy machine look at the processor times.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

DAGS = Path(__file__).parents[2] / "dags"
BUCKET = "bench-bucket"
SHAPES = {"wide": (20, "%.6f"), "short": (4, "%.1f"), "long": (10, "%.17g")}


def main() -> None:
    options = _options()
    if options.child:
        print(json.dumps(_CHILDREN[options.child](options)))
        return
    with tempfile.TemporaryDirectory(prefix="bench-") as name, _s3(Path(name)) as endpoint:
        for shape in options.shapes:
            _compare(shape, _generate(Path(name) / f"{shape}.csv", shape, options.size), endpoint, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1_000_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES), metavar="wide|short|long")
    parser.add_argument("--plain", action="store_true", help="split plainly instead of stratified")
    parser.add_argument("--http", action="store_true", help="download over loopback instead of using the cache")
    parser.add_argument("--child", choices=_CHILDREN, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    return parser.parse_args()


def _compare(shape: str, file: Path, endpoint: str, options: argparse.Namespace) -> None:
    runs = []
    with _served(file, options.http) as (url, environment):
        for _ in range(options.repeat):
            pandas = _child("pandas", str(file), {}, options)
            prepared = _child("prepare", url, environment | {"AWS_ENDPOINT_URL": endpoint}, options)
            runs.append((pandas, prepared, pandas["seconds"] / prepared["files"]))
            print(
                f"{shape}: pandas {pandas['seconds']:.2f} s (processor {pandas['cpu']:.2f} s), prepare files "
                f"{prepared['files']:.2f} s (processor {prepared['cpu']:.2f} s), all {prepared['seconds']:.2f} s, "
                f"peak {prepared['peak_mb']:.0f} MB, ratio {runs[-1][2]:.2f}, {prepared['rows']} rows",
                flush=True,
            )
    peak = max(run[1]["peak_mb"] for run in runs)
    ratio = statistics.median(run[2] for run in runs)
    print(f"{shape}: median ratio {ratio:.2f}, highest peak {peak:.0f} MB", flush=True)


def _child(what: str, url: str, environment: dict[str, str], options: argparse.Namespace) -> dict:
    command = [sys.executable, __file__, "--child", what, "--url", url, *(["--plain"] if options.plain else [])]
    env = {**os.environ, **environment, "PYTHONPATH": str(DAGS), "AWS_DEFAULT_REGION": "us-east-1"}
    env |= {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def _run_pandas(options: argparse.Namespace) -> dict:
    import pandas as pd

    start, before, rows = time.perf_counter(), time.process_time(), 0
    for chunk in pd.read_csv(options.url, chunksize=100_000):
        rows += len(chunk)
    return {"seconds": time.perf_counter() - start, "cpu": time.process_time() - before, "rows": rows}


def _run_prepare(options: argparse.Namespace) -> dict:
    from mlpipelines.runtime import prepare as module
    from mlpipelines.runtime.storage import Storage

    # Imports are no part of the time, as with pandas, but of the memory.
    for name in ("numpy", "pyarrow.compute", "pyarrow.csv"):
        importlib.import_module(name)
    Storage(None, None).require_bucket(BUCKET)
    finished: list[float] = []
    upload = module._upload

    def timed(*args: Any) -> dict[str, Any]:
        finished.extend((time.perf_counter() - start, time.process_time() - before))
        return upload(*args)

    setattr(module, "_upload", timed)  # noqa: B010
    start, before = time.perf_counter(), time.process_time()
    summary = module.prepare(
        dataset=options.url,
        output=f"s3://{BUCKET}/bench",
        split={"train": 0.7, "test": 0.3},
        target="species",
        classes="auto",
        stratify=not options.plain,
    )
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "files": finished[0], "cpu": finished[1], "peak_mb": peak, "rows": summary["rows"]}


_CHILDREN = {"pandas": _run_pandas, "prepare": _run_prepare}


def _generate(file: Path, shape: str, size: int) -> Path:
    import numpy as np

    rng, rows = np.random.default_rng(1), 100_000
    count, form = SHAPES[shape]
    columns = [np.char.mod(form, rng.uniform(0, 9, rows)) for _ in range(count)]
    classes = np.array(["Iris-setosa", "Iris-versicolor", "Iris-virginica"])[rng.integers(0, 3, rows)]
    block = "".join(",".join(row) + "\n" for row in zip(*columns, classes, strict=True)).encode()
    with file.open("wb") as out:
        out.write(",".join([*(f"f{number}" for number in range(count)), "species\n"]).encode())
        while out.tell() < size:
            out.write(block)
    return file


@contextmanager
def _served(file: Path, http: bool) -> Iterator[tuple[str, dict[str, str]]]:
    if not http:
        url, cache = f"http://127.0.0.1:9/{file.name}", file.with_suffix(".cache")
        cache.mkdir()
        (cache / hashlib.sha256(url.encode()).hexdigest()).symlink_to(file)
        yield url, {"MLPIPELINES_DATASET_CACHE": str(cache)}
        return
    handler = partial(SimpleHTTPRequestHandler, directory=str(file.parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{file.name}", {}
        server.shutdown()


@contextmanager
def _s3(folder: Path) -> Iterator[str]:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (folder / "moto.log").open("wb")
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=log, stderr=log)
    os.environ["AIRFLOW_HOME"] = str(folder / "airflow")
    try:
        endpoint = f"http://127.0.0.1:{port}"
        _create_bucket(endpoint)
        yield endpoint
    finally:
        server.terminate()
        server.wait()
        log.close()


def _create_bucket(endpoint: str) -> None:
    import boto3
    from botocore.exceptions import EndpointConnectionError

    client = boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    deadline = time.monotonic() + 30
    while True:
        try:
            client.create_bucket(Bucket=BUCKET)
            return
        except EndpointConnectionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


if __name__ == "__main__":
    main()
