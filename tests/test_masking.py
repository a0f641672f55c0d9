"""Secrets in a pipeline's text are not shown in the documentation of its DAG."""

from __future__ import annotations

import pytest

from mlpipelines.masking import mask_secrets


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("password: hunter2", "password: ***"),
        ("  DB_PASSWORD: hunter2", "  DB_PASSWORD: ***"),
        ("  - api_key: abc", "  - api_key: ***"),
        ("environment: {API_TOKEN: abc, LEVEL: 1}", "environment: {API_TOKEN: ***, LEVEL: 1}"),
        ('environment: {"TOKEN": "a, b"}', 'environment: {"TOKEN": ***}'),
        ("secret: |\n  line one\n  line two\nnext: 1", "secret: ***\nnext: 1"),
        ("secret:\n  nested: value\nnext: 1", "secret: ***\nnext: 1"),
        ("token: ${vars.token}", "token: ${vars.token}"),
        ("token: '{{ var.value.token }}'", "token: '{{ var.value.token }}'"),
        ("name: harmless", "name: harmless"),
        ("# password: in a comment", "# password: in a comment"),
    ],
)
def test_values_of_secret_keys_are_masked(text: str, masked: str) -> None:
    assert mask_secrets(text) == masked
