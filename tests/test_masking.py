"""Secrets in a pipeline's text are not shown in the documentation of its DAG."""

from __future__ import annotations

import time

import pytest

from mlpipelines.masking import mask_secrets, secret_texts


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("password: hunter2", "password: ***"),
        ("  DB_PASSWORD: hunter2", "  DB_PASSWORD: ***"),
        ("a:\n  - api_key: abc\n    b: 1", "a:\n  - api_key: ***\n    b: 1"),
        ("API-KEY: abc", "API-KEY: ***"),
        ('"db password": abc', '"db password": ***'),
        ("environment: {API_TOKEN: abc, LEVEL: 1}", "environment: {API_TOKEN: ***, LEVEL: 1}"),
        ('environment: {"TOKEN": "a, b"}', 'environment: {"TOKEN": ***}'),
        ('{DB_PASSWORD: "a\\"b, c"}', "{DB_PASSWORD: ***}"),
        ("{password: 'it''s secret'}", "{password: ***}"),
        ("{password:\n  abc}", "{password:\n  ***}"),
        ("? password\n: abc", "? password\n: ***"),
        ("secret: |\n  line one\n  line two\nnext: 1", "secret: ***\nnext: 1"),
        ("secret:\n  nested: value\nnext: 1", "secret:\n  ***\nnext: 1"),
        ("passwords:\n- hunter2\n- other\nnext: 1", "passwords:\n***\nnext: 1"),
        ("tags:\n  - {Key: password, Value: s3cr3t}", "tags:\n  - {Key: password, Value: ***}"),
        ("token: ${vars.token}", "token: ${vars.token}"),
        ("token: '{{ var.value.token }}'", "token: '{{ var.value.token }}'"),
        ("name: harmless", "name: harmless"),
        ("# password: hunter2", "# password: ***"),
        ("a: 1 # the token = abc", "a: 1 # the token = ***"),
        ("dataset: https://u:pw@h/x", "dataset: https://***@h/x"),
        ("dataset: https://h/x?day=1&X-Amz-Signature=abc&b=2", "dataset: https://h/x?day=1&X-Amz-Signature=***&b=2"),
    ],
)
def test_secrets_are_masked_and_nothing_else(text: str, masked: str) -> None:
    assert mask_secrets(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "# token { " + "a" * 500_000, "description: |\n  " + "token" * 100_000, "a: " + "://" * 300_000 + " token",
        "a: token" + "?a=" * 300_000, "token: [" + "a, " * 200_000 + "]", "# token " + "#" * 500_000,
    ],
    ids=range(6),
)  # fmt: skip
def test_a_large_text_takes_no_time(text: str) -> None:
    started = time.process_time()
    mask_secrets(text)
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("text", "secrets"),
    [
        ("password: hunter2\nname: x", ["hunter2"]),
        ("a:\n  b_token:\n  - first-one\n  - second\nc: 1", ["first-one", "second"]),
        ("a:\n  passwords:\n    one: first-one\n    two: {x: second}\nc: 1", ["first-one", "second"]),
        ("secret: |\n  line one\n  line two\nnext: 1", ["line one\nline two"]),
        ("password: &p hunter2\nother: *p", ["hunter2"]),
        ('"token": "with \\"quotes\\""', ['with "quotes"']),
        ("token: abc", []),
        ("use_token: true\nmax_tokens: 512\ntoken_arn: arn:aws:x", []),
        ("token: ${vars.x}\nsecret: '{{ var.value.x }}'", []),
        ("password: [unclosed", []),
        ("nothing: here", []),
    ],
)
def test_secrets_are_known_by_their_values(text: str, secrets: list[str]) -> None:
    assert [secret.rstrip() for secret in secret_texts(text)] == secrets
