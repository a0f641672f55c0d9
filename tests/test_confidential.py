"""Secrets are told from what is only called like them."""

from __future__ import annotations

import time

import pytest

from mlpipelines.confidential import has_secret, is_secret, without_secrets

GITHUB = "ghp_" + "a1B2c3D4e5" * 4
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DB_PASSWORD", "hunter2"), ("password", "correct horse"), ("dbPassword", "x1"), ("api-key", "abc123"),
        ("WANDB_API_KEY", "0a1b2c3d"), ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"), ("hub_token", "hf-secret"), ("client_secret", "s3cr3t-value"),
        ("token", "a1b2c3d4e5f6a7b8c9d0"), ("anything", GITHUB), ("note", f"log in with {GITHUB}."), ("header", JWT),
        ("key", "-----BEGIN RSA PRIVATE KEY-----\nabc"), ("url", "postgres://reader:hunter2@db.example.com/flowers"),
        ("slack", "xoxb-1234567890-abcdefghij"),
    ],
)  # fmt: skip
def test_a_secret_in_plain_sight(name: str, value: str) -> None:
    assert is_secret(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tokenizer", "bert-base-uncased"), ("TOKENIZERS_PARALLELISM", "true"), ("max_tokens", "4096"),
        ("pad_token", "<pad>"), ("eos_token", "</s>"), ("token", "pad"), ("secret_arn", "arn:aws:secretsmanager:x"),
        ("secret_name", "prod/db"), ("secret", "flowers-db"), ("DB_PASSWORD_FILE", "/run/secrets/db"),
        ("password", "{{ var.value.password }}"), ("password", "${vars.password}"), ("password", "***"),
        ("password", "arn:aws:secretsmanager:us-east-2:123456789012:secret:db"), ("use_password", "true"),
        ("api_key", ""), ("password", "s3://example-bucket/password.txt"), ("primary_key", "customer_id"),
        ("key", "AKIA"), ("url", "https://example.com:8443/path@2x.png"), ("image", "own@sha256:0123456789abcdef"),
        ("tied_token_embedding_weight", "true"), ("PWD", "/opt/ml/code"), ("credentials", "/root/.aws/credentials"),
    ],
)  # fmt: skip
def test_what_is_no_secret(name: str, value: str) -> None:
    assert not is_secret(name, value)


def test_what_is_known_by_its_form_is_replaced_wherever_it_stands() -> None:
    assert without_secrets(f"run: --token={GITHUB} # {JWT}") == "run: --token=*** # ***"


@pytest.mark.parametrize(
    "text", ["eyJ" * 300_000, "-eyJ" * 200_000, "eyJaaaaaaaaaa." * 50_000, "://a:" * 200_000, "ghp_" * 200_000]
)
def test_a_large_text_takes_no_time(text: str) -> None:
    started = time.process_time()
    has_secret(text)
    without_secrets(text)
    assert time.process_time() - started < 2
