"""Git, asked by its command: which commit a name means, and the files of a commit, written into a folder.

No working tree is made or touched: blobs are read from the repository, so this works beside uncommitted changes.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from mlpipelines.errors import PipelineError


class GitError(PipelineError):
    """Git does not know what was asked for; the message says why."""


def top_folder(folder: Path) -> Path | None:
    """The folder of the working tree that `folder` lies in; None: it is in no git repository."""
    done = _git(folder, "rev-parse", "--show-toplevel")
    return Path(done.stdout.decode().rstrip("\n")) if done.returncode == 0 else None


def commit_of(folder: Path, ref: str) -> str | None:
    """The commit that a branch, tag or other name means; None: there is none."""
    done = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    return done.stdout.decode().strip() if done.returncode == 0 else None


def common_ancestor(folder: Path, one: str, other: str) -> str:
    """The commit where two names parted. Raises GitError."""
    done = _git(folder, "merge-base", "--", one, other)
    if done.returncode != 0:
        reason = "" if commit_of(folder, one) and commit_of(folder, other) else ": one of them is not known here"
        raise GitError(f"{one} and {other} have no commit in common{reason}")
    return done.stdout.decode().strip()


def write_files(folder: Path, commit: str, places: Sequence[str], target: Path) -> None:
    """Write what `commit` has at `places` below `folder` into `target`, where it lies below the same names."""
    entries = list(_entries(folder, commit, places))
    blobs = _blobs(folder, [blob for _, blob, _ in entries])
    for (mode, _, path), content in zip(entries, blobs, strict=True):
        file = target / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if mode != "120000":
            file.write_bytes(content)
        elif _stays_inside(path, content):
            file.symlink_to(content.decode())


def _entries(folder: Path, commit: str, places: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """(mode, blob, path) of every file; submodules have none."""
    done = _git(folder, "ls-tree", "-r", "-z", commit, "--", *places)
    if done.returncode != 0:
        raise GitError(f"git cannot read {commit[:12]}: {_reason(done)}")
    for line in done.stdout.decode("utf-8", "surrogateescape").split("\0"):
        if line:
            what, _, path = line.partition("\t")
            mode, kind, blob = what.split(" ")
            if kind == "blob" and ".." not in PurePosixPath(path).parts:
                yield mode, blob, path


def _blobs(folder: Path, blobs: Sequence[str]) -> Iterator[bytes]:
    """The contents, all from one process."""
    done = _git(folder, "cat-file", "--batch", stdin="".join(f"{blob}\n" for blob in blobs).encode())
    output, at = done.stdout, 0
    for blob in blobs:
        end = output.find(b"\n", at)
        header = output[at:end].split() if end >= 0 else []
        if len(header) != 3:
            raise GitError(f"git cannot read the object {blob}: {_reason(done)} (is this a partial clone?)")
        size = int(header[2])
        yield output[end + 1 : end + 1 + size]
        at = end + 1 + size + 1


def _stays_inside(path: str, link: bytes) -> bool:
    """Whether a link leads to a place below the same folder: others would show what is not in the commit."""
    try:
        text = link.decode()
    except UnicodeDecodeError:
        return False
    depth = 0
    for part in (*PurePosixPath(path).parent.parts, *PurePosixPath(text).parts):
        depth += -1 if part == ".." else 1
        if depth < 0 or part == "/":
            return False
    return "\0" not in text


def _reason(done: subprocess.CompletedProcess[bytes]) -> str:
    text = done.stderr.decode("utf-8", "replace").strip().split("\n")[0]
    return text.removeprefix("fatal: ") or "it gives no reason"


def _git(folder: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], input=stdin, capture_output=True)
    except FileNotFoundError:
        raise GitError("git is not installed here; name two files or folders to compare") from None
    if b"dubious ownership" in done.stderr:
        raise GitError(f"git: {_reason(done)}; `git config --global --add safe.directory ...` allows it")
    return done
