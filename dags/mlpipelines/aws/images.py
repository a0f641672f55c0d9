"""The URI of a container image -> what AWS would refuse in it, where the job of a region wants to use it."""

from __future__ import annotations

import re
from functools import lru_cache

from mlpipelines.aws.parts import Found
from mlpipelines.facts.images import SUFFIXES, algorithm_of, known_algorithms
from mlpipelines.facts.repositories import accounts_of, aws_accounts, known_regions, nearest_region, nearest_repository
from mlpipelines.facts.shapes import is_template

_HOST = re.compile(r"(?P<account>[^.]*)\.dkr[.-]ecr(?:-fips)?\.(?P<region>[^.]*)\.(?P<suffix>.*)")
_AWS = re.compile(r"amazonaws|dkr")
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-\d+")
_REPOSITORY = re.compile(r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_SUFFIX_TEXTS = {"amazonaws.com", "on.aws", *(suffix for _, suffix in SUFFIXES)}
_FORM = "an image is such as 123456789012.dkr.ecr.us-east-2.amazonaws.com/name:tag"


def job_image(uri: str, region: str) -> Found | None:
    """The image of a job, which AWS is not known to refuse for its region."""
    return _image(uri, region, "SM806") if "ecr" in uri else _bare(uri)


@lru_cache(maxsize=1024)
def training_image(uri: str, region: str) -> Found | None:
    """The image of a training job, which must be one that trains."""
    if found := job_image(uri, region):
        return found
    repository = re.split("[:@]", uri.partition("/")[2], maxsplit=1)[0]
    trains = f"{repository.removesuffix('-inference')}-training"
    if repository.endswith("-inference") and accounts_of(repository) and accounts_of(trains):
        return "SM808", f"{repository} serves models and trains none", f"take {trains}"
    return None


def model_image(uri: str, region: str) -> Found | None:
    """The image of a model: AWS wants it in the model's own region."""
    return _image(uri, region, "SM804") if "ecr" in uri else _bare(uri)


def _bare(uri: str) -> Found | None:
    """The name of an algorithm or of a repository of AWS's is no image."""
    name = uri.partition(":")[0]
    if "/" in uri or accounts_of(name) is None:
        return None
    hint = f"write `algorithm: {name}`, or the whole URI" if name in known_algorithms() else _FORM
    return "SM707", f"{uri!r} names no registry", hint


@lru_cache(maxsize=1024)
def _image(uri: str, region: str, elsewhere: str) -> Found | None:
    host, _, path = uri.partition("/")
    if is_template(host) or not (("ecr" in host and _AWS.search(host)) or host in ("https:", "http:")):
        return None  # another registry: SageMaker takes those too
    found = _HOST.fullmatch(host)
    if found is None:
        hint = f"without {host}//" if host.endswith(":") else _FORM
        return "SM707", f"{uri!r} does not begin with a registry of ECR", hint
    account, image_region = found["account"], found["region"]
    if wrong := _registry(account, image_region, found["suffix"]) or _path(path):
        return "SM707", f"{uri!r}: {wrong}", _FORM
    if region and image_region != region:
        near = nearest_region(image_region, [region]) if image_region not in known_regions() else ""
        hint = f"did you mean {near!r}?" if near else f"copy it to {region}, or name the one that is there"
        return elsewhere, f"this image is in {image_region}, and the step runs in {region}", hint
    return _provider(account, image_region, path)


def _registry(account: str, region: str, suffix: str) -> str:
    """What is wrong with the name of a registry of ECR."""
    if not re.fullmatch(r"\d{12}", account):
        return f"the account {account!r} is not 12 digits"
    if not _REGION.fullmatch(region):
        return f"{region!r} is no region"
    return "" if suffix in _SUFFIX_TEXTS else f"no registry of ECR ends in {suffix!r}"


def _path(path: str) -> str:
    """What is wrong with a repository and its tag or digest."""
    if is_template(path):
        return ""
    named, _, digest = path.partition("@")
    repository, colon, tag = named.partition(":")
    if not repository:
        return "the repository is missing"
    if not _REPOSITORY.fullmatch(repository):
        return f"{repository!r} cannot be the name of a repository, which has small letters, digits and . _ - / between"
    if colon and not _TAG.fullmatch(tag):
        return f"{tag!r} cannot be a tag"
    return "" if not digest or re.fullmatch(r"sha256:[0-9a-f]{64}", digest) else f"{digest!r} is no digest"


def _provider(account: str, region: str, path: str) -> Found | None:
    """An image of AWS's own is taken from the account that has it there. The same name in one's own account is fine."""
    repository = re.split("[:@]", path, maxsplit=1)[0]
    accounts = accounts_of(repository)
    if accounts is None and account in aws_accounts() and (near := nearest_repository(repository)):
        return "SM802", f"AWS provides no {repository!r} that is known", f"did you mean {near!r}?"
    if accounts is None or account in accounts.get(region, ()):
        return None
    if account in aws_accounts() and region not in accounts:
        return "SM802", f"AWS provides no {repository!r} in {region}", ""
    likely = [other for other in accounts.get(region, ()) if account in aws_accounts() or _alike(account, other)]
    if not likely:
        return None
    message = f"in {region} AWS provides {repository!r} from the account {likely[0]}, not {account}"
    return "SM802", message, "a copy of your own may be called so: then all is well" if _own(account) else ""


def _own(account: str) -> bool:
    return account not in aws_accounts()


def _alike(account: str, other: str) -> bool:
    """Whether one is the other with one digit wrong, or two exchanged."""
    different = [(mine, theirs) for mine, theirs in zip(account, other, strict=True) if mine != theirs]
    return len(different) == 1 or (len(different) == 2 and different[0] == different[1][::-1])


def old_xgboost(uri: str) -> bool:
    """Whether this is AWS's own XGBoost from before it was the open-source one."""
    found = algorithm_of(uri if ":" in uri or "@" in uri else f"{uri}:latest")
    return found is not None and found == ("xgboost", "1")
