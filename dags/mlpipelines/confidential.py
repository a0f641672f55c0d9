"""What is secret: names that tell that their value is, and values that are known by their form.

Both know more than they must for hiding (`telling_name`), and are careful where a word to the author would be a false
alarm (`secret_name`, `secret_form`).
"""

from __future__ import annotations

import re

#: The names that Airflow itself masks in its user interface, without what may stand between their words.
_WORDS = (
    "accesskey", "accesstoken", "apikey", "authorization", "credential", "passphrase", "passwd", "password",
    "privatekey", "secret", "signature", "token",
)  # fmt: skip
#: What names of secrets end with: `token` alone is also a piece of text (`pad_token`), `secret` a name of one.
_ENDINGS = (
    "accesskey", "accesstoken", "apikey", "apisecret", "apitoken", "authtoken", "bearertoken", "clientsecret",
    "githubtoken", "gitlabtoken", "hftoken", "hubtoken", "huggingfacetoken", "oauthtoken", "passphrase", "passwd",
    "password", "privatekey", "refreshtoken", "secretkey", "securitytoken", "sessiontoken", "slacktoken", "wandbtoken",
)  # fmt: skip
_BETWEEN = str.maketrans("", "", " -_.'\"")
#: Tokens and keys that services give out, each known by how it begins. Linear: none begins within another.
_FORMS = re.compile(
    r"(?<![A-Za-z0-9_-])(?:"
    r"A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])"
    r"|eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]+"
    r"|gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,}|glpat-[A-Za-z0-9_-]{20,}"
    r"|xox[abeprs]-[A-Za-z0-9-]{10,}|hf_[A-Za-z0-9]{30,}|sk-[A-Za-z0-9_-]{32,}|sk_live_[A-Za-z0-9]{20,}"
    r"|AIza[A-Za-z0-9_-]{35})"
    r"|-----BEGIN (?:[A-Z]+ ){0,3}PRIVATE KEY"
)
_BEGINNINGS = re.compile("A[KS]IA|eyJ|gh[pousr]_|github_|glpat-|xox|hf_|sk[-_]|AIza|-----BEGIN")
_IN_URL = re.compile(r"(?<=://)[^/\s:@\"'{}]{0,100}:[^/\s@\"'{}]{1,200}@")
#: Values that are no secrets, whatever their name is: switches, numbers, places and names of secrets.
_HARMLESS = re.compile(
    r"|true|false|null|none|yes|no|[*x.]+|<.*>|[0-9.]{1,8}|(?:arn:|s3://|https?://|/|\./|ssm:).*", re.S
)
_RANDOM = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9_.+=~-]{16,400}")


def telling_name(name: str) -> bool:
    """Whether a name may be that of a secret: all that is hidden where a pipeline is shown."""
    plain = name.translate(_BETWEEN).lower()
    return any(word in plain for word in _WORDS)


def is_secret(name: str, value: str) -> bool:
    """Whether a value of this name is surely a secret in plain sight, by its name or by its form."""
    if "{{" in value or "${" in value or "{%" in value:
        return False
    return has_secret(value) or (_is_named_secret(name, value) and may_be_secret(value))


def may_be_secret(value: str) -> bool:
    """Whether a value with the name of a secret may be one: it is no reference, switch, number or place."""
    return not ("{{" in value or "${" in value or _HARMLESS.fullmatch(value.strip().lower()))


def has_secret(text: str) -> bool:
    """Whether a text holds a token, a key or a password that is known by its form."""
    if _BEGINNINGS.search(text) and _FORMS.search(text):
        return True
    return "://" in text and _IN_URL.search(text) is not None


def without_secrets(text: str) -> str:
    """The text with all tokens and keys that are known by their form replaced by `***`."""
    return _FORMS.sub("***", text) if _BEGINNINGS.search(text) else text


def _is_named_secret(name: str, value: str) -> bool:
    plain = name.translate(_BETWEEN).lower()
    if plain.endswith(_ENDINGS):
        return True
    return plain.endswith(("token", "secret", "credentials")) and _RANDOM.fullmatch(value) is not None
