"""S3 for jobs: what a data source names becomes files, a finished file or directory becomes one object."""

from __future__ import annotations

import gzip
import json
import re
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from mlpipelines.local.faults import ClientFault


@dataclass(frozen=True)
class S3Object:
    """One object of a data source; `name` is its path relative to the source."""

    bucket: str
    key: str
    name: str

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


class Storage:
    def __init__(self, client: Any, region: str) -> None:
        self._client, self._region = client, region

    def objects(self, source: Mapping[str, Any], required: bool = True) -> Iterator[S3Object]:
        """What `source` (S3DataType, S3Uri) names, in the order of keys. Raises ClientFault when `required` is not."""
        uri = source["S3Uri"]
        found = self._manifest(uri) if source["S3DataType"] == "ManifestFile" else self._prefix(uri)
        empty = True
        for item in found:
            empty = False
            yield item
        if empty and required:
            raise ClientFault(
                f'Data download failed: No S3 objects found under S3 URL "{uri}" given in input data source. Please '
                f"ensure that the bucket exists in the selected region ({self._region}) and that objects exist under "
                "that S3 prefix."
            )

    def download(self, item: S3Object, directory: Path, compression: str = "None") -> Path:
        """The object as a file under `directory`, unpacked when it is gzip."""
        path = _inside(directory, item.name, item.uri)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                file.writelines(self.pieces(item, compression))
        except OSError as error:
            raise ClientFault(
                f"Data download failed: {item.uri} cannot be stored as {item.name!r} ({error.strerror or error}); do "
                "two objects of the input have the same path, or is one of them also a folder?"
            ) from error
        return path

    def pieces(self, item: S3Object, compression: str = "None") -> Iterator[bytes]:
        """The object's content piece by piece, unpacked when it is gzip."""
        try:
            body = self._client.get_object(Bucket=item.bucket, Key=item.key)["Body"]
            stream = gzip.GzipFile(fileobj=body) if compression == "Gzip" else body
            while piece := stream.read(1 << 20):
                yield piece
        except (ClientError, BotoCoreError, gzip.BadGzipFile, EOFError) as error:
            raise ClientFault(f"Data download failed: {item.uri}: {error}") from error

    def extract(self, uri: str, directory: Path) -> None:
        """Unpack the tar archive (compressed or not) at `uri`."""
        bucket, key = split_uri(uri)
        directory.mkdir(parents=True, exist_ok=True)
        try:
            body = self._client.get_object(Bucket=bucket, Key=key)["Body"]
            with tarfile.open(fileobj=body, mode="r|*") as archive:
                archive.extractall(directory, filter="data")
        except (ClientError, BotoCoreError) as error:
            raise ClientFault(
                f'Failed to download model data for container "container_1" from URL: "{uri}". Please ensure that '
                f"there is an object located at the URL ({error})"
            ) from error
        except (tarfile.TarError, OSError, EOFError) as error:
            raise ClientFault(f"Failed to extract model data archive from {uri}: {error}") from error

    def exists(self, uri: str) -> bool:
        bucket, key = split_uri(uri)
        try:
            self._client.head_object(Bucket=bucket, Key=key)
        except ClientError:
            return False
        return True

    def check_bucket(self, uri: str, member: str = "S3OutputPath") -> None:
        """Raises ClientFault when the bucket of an output path does not exist, before any work is done for it."""
        bucket, _ = split_uri(uri)
        try:
            self._client.head_bucket(Bucket=bucket)
        except ClientError as error:
            raise ClientFault(
                f"Artifact upload failed: The bucket {bucket!r} of {member} {uri} does not exist (NoSuchBucket)"
            ) from error

    def upload(self, path: Path, uri: str) -> None:
        """One complete file as one object, by one request: either all of it is there afterwards or nothing."""
        bucket, key = split_uri(uri)
        try:
            with path.open("rb") as file:
                self._client.put_object(Bucket=bucket, Key=key, Body=file)
        except (ClientError, BotoCoreError) as error:
            raise ClientFault(f"Artifact upload failed: {uri}: {error}") from error

    def upload_all(self, files: Mapping[str, Path]) -> None:
        """{uri: file}: all or none; what went up before one that could not be stored is taken away again."""
        done: list[str] = []
        try:
            for uri, path in files.items():
                self.upload(path, uri)
                done.append(uri)
        except BaseException:
            for uri in done:
                self._remove(uri)
            raise

    def _remove(self, uri: str) -> None:
        bucket, key = split_uri(uri)
        with suppress(ClientError, BotoCoreError):
            self._client.delete_object(Bucket=bucket, Key=key)

    def put(self, content: bytes, uri: str) -> None:
        """Raises ClientFault when it cannot be written."""
        bucket, key = split_uri(uri)
        try:
            self._client.put_object(Bucket=bucket, Key=key, Body=content)
        except (ClientError, BotoCoreError) as error:
            raise ClientFault(f"{uri} cannot be written: {error}") from error

    def read(self, uri: str) -> bytes:
        """Raises ClientFault when it is not there."""
        bucket, key = split_uri(uri)
        try:
            content: bytes = self._client.get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            raise _not_downloaded(uri, error) from error
        return content

    def _prefix(self, uri: str) -> Iterator[S3Object]:
        bucket, prefix = split_uri(uri)
        try:
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                for entry in page.get("Contents", ()):
                    if not entry["Key"].endswith("/"):  # the console's folder markers
                        yield S3Object(bucket, entry["Key"], relative_name(prefix, entry["Key"]))
        except ClientError as error:
            raise _not_downloaded(uri, error) from error

    def _manifest(self, uri: str) -> Iterator[S3Object]:
        bucket, key = split_uri(uri)
        try:
            head, *names = json.load(self._client.get_object(Bucket=bucket, Key=key)["Body"])
            prefix = head["prefix"]
        except ClientError as error:
            raise _not_downloaded(uri, error) from error
        except (ValueError, LookupError, TypeError) as error:
            raise ClientFault(
                f"Data download failed: {uri} is not a manifest: it must be JSON of the form "
                '[{"prefix": "s3://..."}, "key", ...]'
            ) from error
        for name in names:
            bucket, key = split_uri(f"{prefix}{name}")
            yield S3Object(bucket, key, str(name))


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of `s3://bucket/key`; https URLs of S3 are AWS's other spelling and not known here."""
    match = re.fullmatch(r"s3://([^/]+)/?(.*)", uri)
    if not match:
        raise ClientFault(f"{uri!r} is not an S3 URI of the form s3://bucket/key")
    return match[1], match[2]


def relative_name(prefix: str, key: str) -> str:
    """Where an object lies below the prefix that named it: a whole key is its file, half a name is not a folder."""
    if key == prefix:
        return key.rpartition("/")[2]
    if prefix.endswith("/") or not prefix:
        return key[len(prefix) :]
    if key.startswith(f"{prefix}/"):
        return key[len(prefix) + 1 :]
    return key[prefix.rfind("/") + 1 :]


def files_below(folder: Path, uri: str) -> dict[str, Path]:
    """{uri of the object: file} for all files below `folder`. Symbolic links are not followed, as on AWS."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
    return {f"{uri.rstrip('/')}/{path.relative_to(folder).as_posix()}": path for path in paths}


def pack(directory: Path, archive: Path) -> None:
    """`directory`'s content as a .tar.gz file."""
    with tarfile.open(archive, "w:gz", compresslevel=6) as tar:
        for path in sorted(directory.iterdir()):
            tar.add(path, arcname=path.name)


def _not_downloaded(uri: str, error: ClientError) -> ClientFault:
    details = error.response["Error"]
    return ClientFault(f"Data download failed: {uri}: {details.get('Message', error)} ({details.get('Code')})")


def _inside(directory: Path, name: str, uri: str) -> Path:
    if not name or ".." in PurePosixPath(name).parts or name.startswith("/"):
        raise ClientFault(f"Data download failed: {uri} has a key that cannot be a file name ({name!r})")
    return directory / name
