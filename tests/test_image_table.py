"""The tables of container images: how they come from what sagemaker-core brings, and what they say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mlpipelines.facts import generate
from mlpipelines.facts.image_table import BUILT_IN, image_table, repository_table
from mlpipelines.facts.images import UnknownImage, image_uri, load_images
from mlpipelines.facts.repositories import accounts_of, aws_accounts, known_regions, load_repositories, nearest_region
from mlpipelines.facts.snapshot import snapshot

EAST, WEST = {"us-east-2": "111111111111"}, {"us-east-2": "111111111111", "us-west-2": "222222222222"}
#: Files of sagemaker-core's image_uri_config, in each of the forms that they have.
SAMPLE: dict[str, Any] = {
    "knn": {
        "scope": ["inference", "training"],
        "versions": {"1": {"registries": EAST, "repository": "knn"}},
    },
    "xgboost": {
        scope: {
            "version_aliases": {"latest": "1"},
            "versions": {
                "1": {"registries": EAST, "repository": "xgboost"},
                "1.0-1": {
                    "processors": ["cpu"],
                    "py_versions": ["py3"],
                    "registries": WEST,
                    "repository": "sagemaker-xgboost",
                },
                "3.2-0": {"registries": EAST, "repository": "sagemaker-xgboost", "tag_prefix": "3.2"},
            },
        }
        for scope in ("training", "inference")
    },
    "huggingface": {
        "training": {
            "processors": ["gpu"],
            "version_aliases": {"4.28": "4.28.1"},
            "versions": {
                "4.28.1": {
                    "version_aliases": {"pytorch2.0": "pytorch2.0.0"},
                    "pytorch2.0.0": {"py_versions": ["py310"], "registries": WEST, "repository": "huggingface-pytorch"},
                }
            },
        }
    },
    "instance_gpu_info": {"us-east-2": {"ml.g5.xlarge": {"Count": 1}}},
}


def test_algorithms_are_kept_by_scope_and_version_with_what_their_tags_are_made_of() -> None:
    scope = {
        "1": ["xgboost", 0],
        "1.0-1": ["sagemaker-xgboost", 1, {"processors": ["cpu"], "py_versions": ["py3"]}],
        "3.2-0": ["sagemaker-xgboost", 0, {"tag_prefix": "3.2"}],
        "_aliases": {"latest": "1"},
    }
    assert image_table(SAMPLE) == {
        "algorithms": {
            "knn": {"*": {"1": ["knn", 0]}, "_scope": ["inference", "training"]},
            "xgboost": {"training": scope, "inference": scope},
        },
        "registries": [EAST, WEST],
    }


def test_repositories_are_kept_with_the_accounts_of_all_versions() -> None:
    table = repository_table(
        {**SAMPLE, "pca": {"scope": [], "versions": {"1": {"registries": {"us-east-2": "3"}, "repository": "knn"}}}}
    )
    assert table == {
        "repositories": {"huggingface-pytorch": 0, "knn": 1, "sagemaker-xgboost": 0, "xgboost": 2},
        "registries": [WEST, {"us-east-2": "111111111111 3"}, EAST],
    }


@pytest.fixture
def sagemaker_core(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for the tables, and a package as pip puts it there."""
    site = tmp_path / "site"
    folder = site / "sagemaker" / "core" / "image_uri_config"
    folder.mkdir(parents=True)
    for name in BUILT_IN:
        (folder / f"{name}.json").write_text(json.dumps(SAMPLE.get(name, SAMPLE["knn"])))
    (site / "sagemaker_core-9.9.dist-info").mkdir()
    (site / "sagemaker_core-9.9.dist-info" / "METADATA").write_text("Name: sagemaker-core\nVersion: 9.9\n")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setattr(generate, "HERE", tmp_path)
    return tmp_path


def test_generating_twice_gives_the_same(sagemaker_core: Path) -> None:
    pytest.importorskip("botocore", reason="the shapes come from it")
    generate.main()
    first = {file.name: file.read_bytes() for file in sagemaker_core.glob("*.json")}
    assert first.keys() == {"shapes.json", "images.json", "repositories.json"}
    assert json.loads(first["images.json"])["source"] == "sagemaker-core 9.9 image_uri_config (Apache-2.0)"
    generate.main()
    assert {file.name: file.read_bytes() for file in sagemaker_core.glob("*.json")} == first


def test_the_committed_shapes_are_those_of_the_installed_botocore(sagemaker_core: Path) -> None:
    botocore = pytest.importorskip("botocore", reason="the shapes come from it")
    committed = json.loads((Path(generate.__file__).parent / "shapes.json").read_text())
    if committed["botocore"] != botocore.__version__:
        pytest.skip(f"botocore {botocore.__version__} is installed, and the table is of {committed['botocore']}")
    generate.main()
    assert json.loads((sagemaker_core / "shapes.json").read_text()) == committed


def test_a_sagemaker_core_whose_files_have_moved_is_refused(sagemaker_core: Path) -> None:
    pytest.importorskip("botocore", reason="the shapes come from it")
    (sagemaker_core / "site" / "sagemaker" / "core" / "image_uri_config" / "knn.json").unlink()
    with pytest.raises(SystemExit, match="tells nothing of knn"):
        generate.main()
    assert not (sagemaker_core / "images.json").exists()


def test_the_tables_agree() -> None:
    for algorithm in load_images()["algorithms"]:
        for region in known_regions():
            try:
                host, repository = image_uri(algorithm, None, region).split(":")[0].split("/")
            except UnknownImage:
                continue
            assert host.split(".")[0] in (accounts_of(repository) or {})[region]
    assert load_images()["source"] == load_repositories()["source"]
    assert all(len(account) == 12 and account.isdecimal() for account in aws_accounts())
    assert set(BUILT_IN) == load_images()["algorithms"].keys()


@pytest.mark.parametrize(
    ("algorithm", "version", "region", "told", "hint"),
    [
        ("xgboost", "1.7", "us-east-2", "no version '1.7'", "did you mean '1.7-1'?"),
        ("xgboost", "99", "us-east-2", "no version '99'", "the newest are "),
        ("knn", "2", "us-east-2", "no version '2'", "there is only 1"),
        ("knn", None, "us-esat-2", "no image in region 'us-esat-2'", "did you mean 'us-east-2'?"),
        ("lda", None, "ap-east-1", "no image in region 'ap-east-1'", "there is one in ap-"),
    ],
)
def test_what_is_near_is_told_and_not_all_there_is(
    algorithm: str, version: str | None, region: str, told: str, hint: str
) -> None:
    with pytest.raises(UnknownImage, match=told) as raised:
        image_uri(algorithm, version, region)
    assert raised.value.hint.startswith(hint)
    assert raised.value.hint.count(",") <= 2


def test_exchanged_letters_lead_to_the_region_that_was_meant() -> None:
    assert nearest_region("us-esat-1", known_regions()) == "us-east-1"
    assert nearest_region("eu-wset-1", known_regions()) == "eu-west-1"
    assert nearest_region("nowhere", known_regions()) == ""


def test_the_snapshot_names_versions() -> None:
    told = snapshot()
    assert told["requests and instance types"].startswith("botocore 1.")
    assert told["images"].startswith("sagemaker-core ")
    assert told["hyperparameters"].startswith("of 20")
