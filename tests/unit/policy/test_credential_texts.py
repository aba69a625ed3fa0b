"""Credentials in values that people write down."""

import pytest

from lading.policy.credential_texts import credential_kind, names_credential


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("DB_PASSWORD", "hunter22", "named-credential"),
        ("apiKey", "k3y-0123", "named-credential"),
        ("X", "AKIA" + "ABCDEFGHIJ234567", "aws-access-key"),
        ("X", "ghp_" + "a1B2" * 9, "github-token"),
        ("X", "-----BEGIN RSA PRIVATE KEY-----\nMII", "private-key"),
        ("DATABASE_URL", "postgres://app:s3cret@db/app", "password-in-url"),
        ("CONF", "q8ZrT0vXy2LmN4pWs6KdE9fGh1JbUc3A", "random-text"),
    ],
)
def test_credentials_are_known_by_form_name_or_randomness(name: str, value: str, kind: str) -> None:
    assert credential_kind(name, value) == kind


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DB_PASSWORD", "$DB_PASSWORD"),
        ("DB_PASSWORD", "${DB_PASSWORD}"),
        ("DB_PASSWORD", "changeme"),
        ("DB_PASSWORD", ""),
        ("DB_PASSWORD_FILE", "/run/secrets/db"),
        ("PASSWORD_FILE", "/run/secrets/db"),
        ("GPG_KEY", "A035C8C19219BA821ECEA86B64E628F8D684696D"),
        ("PYTHON_SHA256", "c54d9b9bbb8a36e6489363ddd01139707fd781d72f1f9e90c7ec65d0061368e0"),
        ("TOKEN_TTL", "3600"),
        ("URL", "https://example.org/a"),
        ("DATABASE_URL", "postgres://app:$PASSWORD@db/app"),
        ("MOUNT_SECRET", "true"),
        ("TEXT", "a perfectly usual sentence of some length"),
    ],
)
def test_what_only_looks_like_one_is_left_alone(name: str, value: str) -> None:
    assert credential_kind(name, value) == ""


def test_names_are_read_as_words() -> None:
    assert names_credential("clientSecret")
    assert not names_credential("TOKENIZER")
    assert not names_credential("SECRETARY")
