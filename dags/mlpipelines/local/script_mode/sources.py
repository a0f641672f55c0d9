"""Where the user's code is: fetched from S3, in the model, or already below /opt/ml."""

from __future__ import annotations

import tarfile
from pathlib import Path

from mlpipelines.local.algorithms.contract import ClientError, base

OPT_ML = "/opt/ml"


def fetch(source: str, folder: Path) -> Path:
    """The folder with the code of `source`: s3://bucket/key of a tar archive, or a folder. Raises ClientError."""
    if not source.startswith("s3://"):
        place = own_path(source)
        return _unpacked(place, folder) if place.is_file() else place
    import boto3
    from botocore.exceptions import BotoCoreError
    from botocore.exceptions import ClientError as S3Error

    bucket, _, key = source.removeprefix("s3://").partition("/")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        body = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"]
        with tarfile.open(fileobj=body, mode="r|*") as archive:
            archive.extractall(folder, filter="data")
    except (S3Error, BotoCoreError) as error:
        raise ClientError(f"cannot download the code from {source}: {error}") from error
    except (tarfile.TarError, OSError, EOFError) as error:
        raise ClientError(f"cannot unpack the code from {source}, which must be a tar.gz archive: {error}") from error
    return folder


def _unpacked(archive: Path, folder: Path) -> Path:
    """The code that came as a channel, for a job without a network."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(archive) as opened:
            opened.extractall(folder, filter="data")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise ClientError(f"cannot unpack the code from {archive.name}, which must be a tar.gz archive") from error
    return folder


def own_path(path: str) -> Path:
    """A path of the container where it is here."""
    return base() / path.removeprefix(OPT_ML).lstrip("/") if path.startswith(OPT_ML) else Path(path)


def note(text: str) -> None:
    print(f"simulated: {text}", flush=True)


def note_requirements(folder: Path) -> None:
    if (folder / "requirements.txt").is_file():
        note("requirements.txt is not installed: the packages of this machine's Python are used")
