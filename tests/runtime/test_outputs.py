"""Where a step's outputs go."""

from __future__ import annotations

import pytest

from mlpipelines.errors import StepError
from mlpipelines.runtime.outputs import output_uris


@pytest.mark.parametrize(
    ("files", "parts"),
    [
        ({"train": "train"}, ("'train'", "train_features.csv")),
        ({"train": "x/all", "test": "x/all.csv"}, ("'train'", "'test'", "x/all.csv")),
        ({"test_labels": "x", "train_labels": "x/y"}, ("'test_labels'", "'train_labels'")),
        ({"test": "class"}, ("'test'", "classes.json")),
        ({"test_labels": "summary"}, ("'test_labels'", "summary.json")),
    ],
)
def test_a_channel_that_would_read_another_file_too_is_refused(files: dict[str, str], parts: tuple[str, ...]) -> None:
    with pytest.raises(StepError) as caught:
        output_uris("s3://bucket/out", ["train", "test"], True, files)
    for part in parts:
        assert part in str(caught.value)


def test_an_unlabelled_part_may_be_its_own_features() -> None:
    uris = output_uris("s3://bucket/out/", ["all"], False, {"all": "data"})
    assert uris == {"all": "s3://bucket/out/data", "all_features": "s3://bucket/out/data"}


def test_usual_names_are_no_prefixes_of_each_other() -> None:
    assert len(set(output_uris("s3://bucket", ["a", "ab", "a_b"], True, {}).values())) == 9
