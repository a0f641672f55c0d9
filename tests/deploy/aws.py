"""`aws` on the PATH of deployment tests, as far as deploy/ uses it: S3 is a folder ($S3_FOLDER), or the real command
line where $REAL_AWS names it.

MWAA has no stand-in anywhere, so it is a JSON file ($MWAA_STATE): the answer of get-environment, and what updates asked
for. An update takes two looks.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import os
import shutil
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any


def main(words: list[str]) -> int:
    if words[0] == "mwaa":
        return mwaa(words[1], words[2:])
    if real := os.environ.get("REAL_AWS"):
        os.execv(real, [real, *words])
    return {"s3 sync": sync, "s3 cp": cp, "s3api put-object": put_object}[" ".join(words[:2])](words[2:])


def mwaa(verb: str, words: list[str]) -> int:
    options = arguments(
        words, "--name", "--query", "--output", "--requirements-s3-path", "--requirements-s3-object-version",
        "--startup-script-s3-path", "--startup-script-s3-object-version",
    )  # fmt: skip
    file = Path(os.environ["MWAA_STATE"])
    state = json.loads(file.read_text())
    if options.name != state["Name"]:
        print(f"An error occurred (ResourceNotFoundException): {options.name}", file=sys.stderr)
        return 254
    if verb == "update-environment":
        asked = {key: value for key, value in vars(options).items() if value and "s3" in key}
        state |= {"Status": "UPDATING", "looks": 0, "updates": [*state["updates"], asked]}
    elif state["Status"] == "UPDATING":
        state["looks"] += 1
        if state["looks"] > 1:
            state |= {"Status": "AVAILABLE", "LastUpdate": {"Status": state["outcome"]}}
    file.write_text(json.dumps(state))
    if verb == "get-environment":
        names = options.query.removeprefix("Environment.[").removesuffix("]").split(",")
        print("\t".join(str(looked_up(state, name)) for name in names))
    return 0


def looked_up(state: Any, name: str) -> Any:
    for key in name.split("."):
        state = state[key]
    return state


def sync(words: list[str]) -> int:
    """As the real one decides: by size and by time; of the filters, the last that matches counts."""
    filters = [(word, words[at + 1]) for at, word in enumerate(words) if word in ("--exclude", "--include")]
    patterns = {pattern for _, pattern in filters}
    source, target = (word for word in words if not word.startswith("--") and word not in patterns)
    if "pipelines/*" in patterns and ("--include", "pipelines/*") in filters and os.environ.get("S3_FAILS"):
        print("An error occurred (SlowDown) when calling the PutObject operation", file=sys.stderr)
        return 1
    really, folder = "--dryrun" not in words, place_of(target)
    said = "" if really else "(dryrun) "
    here = {name for name in files_below(Path(source)) if is_chosen(name, filters)}
    there = {name for name in files_below(folder) if is_chosen(name, filters)}
    for name in sorted(here):
        if name in there and not differs(Path(source, name), folder / name):
            continue
        print(f"{said}upload: {source}/{name} to {target}/{name}")
        if really:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(Path(source, name), folder / name)
    for name in sorted(there - here) if "--delete" in words else ():
        print(f"{said}delete: {target}/{name}")
        if really:
            (folder / name).unlink()
    return 0


def place_of(url: str) -> Path:
    return Path(os.environ["S3_FOLDER"], url.removeprefix("s3://"))


def files_below(folder: Path) -> set[str]:
    return {
        Path(place, name).relative_to(folder).as_posix()
        for place, _, names in os.walk(folder, followlinks=True)
        for name in names
    }


def differs(local: Path, remote: Path) -> bool:
    mine, other = local.stat(), remote.stat()
    return mine.st_size != other.st_size or mine.st_mtime > other.st_mtime


def is_chosen(name: str, filters: list[tuple[str, str]]) -> bool:
    chosen = True
    for option, pattern in filters:
        if fnmatch.fnmatch(name, pattern):
            chosen = option == "--include"
    return chosen


def cp(words: list[str]) -> int:
    source, target = (word for word in words if word == "-" or not word.startswith("-"))
    if target != "-":
        place_of(target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place_of(target))
    elif place_of(source).exists():
        sys.stdout.buffer.write(place_of(source).read_bytes())
    else:
        print("An error occurred (404) when calling the HeadObject operation: Key does not exist", file=sys.stderr)
        return 1
    return 0


def put_object(words: list[str]) -> int:
    options = arguments(words, "--bucket", "--key", "--body", "--query", "--output")
    shutil.copyfile(options.body, place_of(f"{options.bucket}/{options.key}"))
    print(hashlib.sha256(Path(options.body).read_bytes()).hexdigest()[:32])
    return 0


def arguments(words: list[str], *names: str) -> Namespace:
    parser = ArgumentParser()
    for name in names:
        parser.add_argument(name)
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
