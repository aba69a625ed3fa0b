"""Kinds of credentials: each is found in a text, is never shown, and ordinary content has none."""

import base64
import hashlib
import random
from collections.abc import Iterable

import pytest

from lading.cataloging.analysis import Secret
from lading.cataloging.secrets.all_kinds import ALL_KINDS, kind_of, rotation_of, title_of
from lading.cataloging.secrets.checks import has_crc_of_github
from lading.cataloging.secrets.in_config import ConfigSecret, iter_config_secrets
from lading.cataloging.secrets.kind import SecretKind
from lading.cataloging.secrets.searching import MAX_IN_FILE, iter_secrets, may_mark_secret
from lading.oci.config import ImageConfig, parse_config
from tests.support.secret_samples import github_like, jwt, samples

PATTERNED = [kind for kind in ALL_KINDS if kind.pattern]


def found(content: bytes, path: str = "app/notes.txt") -> list[Secret]:
    return list(iter_secrets(path, (content,)))


def names(secrets: Iterable[Secret]) -> list[str]:
    return [secret.kind for secret in secrets]


def path_of(kind: SecretKind) -> str:
    for path in ("app/notes.txt", "app/.npmrc", "etc/mysql/my.cnf", "app/.env"):
        if kind.paths is None or kind.paths.search(path):
            return path
    raise AssertionError(kind.name)


def test_there_are_at_least_150_kinds_with_different_names_that_say_what_to_do() -> None:
    assert len({kind.name for kind in ALL_KINDS}) == len(ALL_KINDS) >= 150
    for kind in ALL_KINDS:
        assert len(kind.rotate) > 15, kind.name
        assert kind.title, kind.name
        assert kind.marks, kind.name


@pytest.mark.parametrize("kind", PATTERNED, ids=lambda kind: kind.name)
def test_one_of_each_kind_is_found_and_not_shown(kind: SecretKind) -> None:
    chance = random.Random(kind.name)
    for sample in samples(kind, chance):
        text = b"first line\n" + sample + b"\nlast line\n"
        secrets = found(text, path_of(kind))
        if not secrets:
            continue
        assert secrets[0].line in {1, 2, 3, 4}
        shown = " ".join(secret.excerpt for secret in secrets).encode()
        for mark in kind.marks:
            shown = shown.replace(mark.literal, b"")  # what all of the kind begin with
        parts = (shown[at : at + 16] for at in range(len(shown) - 16))
        assert not any(part in sample for part in parts if b" " not in part)
        return
    pytest.fail(f"no sample of {kind.name} is found, such as {samples(kind, chance)[0]!r}")


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("github-token", b"token = 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"),
        ("aws-access-key", b"[default]\naws_access_key_id=AKIAQYLPMN5HFIQR7XYA\n"),
        ("aws-secret-key", b"aws_secret_access_key = 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"),
        ("slack-webhook", b"https://hooks.slack.com/services/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"),
        ("url-postgresql", b"DATABASE_URL=postgres://app:s7Kd0qPz@db.internal:5432/app"),
        ("netrc-password", b"machine git.corp login bot password Zx81kkQ0pl\n"),
        ("password-hash", b"root:$6$aBcDeFgH$" + b"Kd93jfLsPqWx" * 6 + b"Aa:19000:0:99999:7:::\n"),
        ("htpasswd-digest", b"admin:$apr1$x8Kd03ks$Zq1kP0sWcYdE5fGhJ8uAo/\n"),
        ("azure-storage-key", b"AccountName=a;AccountKey=" + base64.b64encode(hashlib.sha512(b"1").digest())),
        ("age-key", b"AGE-SECRET-KEY-1" + b"QP5RY9XGGF2TVDW8S3JN54KHCE6MUA7LZ9XQ0RF2TVKW3SDJ8N4HC5E6MU"),
        ("gcp-service-account",
         b'{"private_key_id": "9f1c0de5a84b7362e1f0c8d9a7b6e5d4c3b2a190","private_key": ""}'),
    ],
)  # fmt: skip
def test_known_forms(kind: str, content: bytes) -> None:
    assert kind in names(found(content))


def test_a_checksum_that_does_not_fit_is_no_token() -> None:
    token = github_like(b"ghp_", random.Random(1))
    assert has_crc_of_github(token)
    assert names(found(token)) == ["github-token"]
    assert found(token[:-1] + (b"0" if token[-1:] != b"0" else b"1")) == []
    assert found(b"npm_" + b"aB3" * 12) == []


@pytest.mark.parametrize(
    "content",
    [
        b"ghp_" + b"x" * 36,
        b"AKIAXXXXXXXXXXXXXXXX",
        b"sk_live_your_key_goes_here_please",
        b"postgres://user:password@localhost/db",
        b"postgres://${USER}:${PASSWORD}@db/app",
        b"mysql://root:root@db/app",
        b"eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
        b"password = os.environ['PASSWORD']",
        b"-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
        b"const SECRET_KEY = process.env.SECRET_KEY",
        b'"integrity": "sha512-' + base64.b64encode(hashlib.sha512(b"x").digest()) + b'"',
        b"commit da39a3ee5e6b4b0d3255bfef95601890afd80709",
        b"AccountKey=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
    ],
)
def test_placeholders_and_digests_are_none(content: bytes) -> None:
    assert found(content, "app/.env") == []


def test_what_calls_itself_an_example_is_listed_as_one() -> None:
    (secret,) = found(b"AKIAIOSFODNN7EXAMPLE")
    assert secret.example


def test_forms_that_documents_share_are_not_sought_in_what_packages_brought() -> None:
    url = b"redis://cache:h7Gk29dLpQ@redis.internal:6379/0"
    assert names(found(url, "srv/app/config.py")) == ["url-redis"]
    assert found(url, "usr/lib/python3/dist-packages/redis/client.py") == []
    assert found(url, "app/node_modules/redis/README.md") == []
    token = github_like(b"ghp_", random.Random(2))
    assert names(found(token, "usr/lib/python3/dist-packages/x.py")) == ["github-token"]


def test_programs_are_searched_for_forms_that_machine_code_cannot_have() -> None:
    token = github_like(b"ghp_", random.Random(3))
    program = b"\x7fELF\0\0\0\0" + bytes(2000) + token + bytes(100)
    assert names(found(program, "usr/local/bin/tool")) == ["github-token"]
    assert found(b"\x7fELF\0\0" + bytes(2000) + b"redis://cache:h7Gk29dLpQ@redis.internal/", "x") == []


@pytest.mark.parametrize("cut", [1, 7, 30, 500, 4096, 5000])
def test_pieces_of_any_size_give_the_same(cut: int) -> None:
    token = github_like(b"ghp_", random.Random(4))
    content = b"line\n" * 2000 + b"a = " + token + b"\n" + b"more\n" * 2000 + token + b"\n"
    pieces = [content[at : at + cut] for at in range(0, len(content), cut)]
    assert list(iter_secrets("a.txt", pieces)) == found(content, "a.txt")
    assert [secret.line for secret in found(content, "a.txt")] == [2001, 4002]


def test_a_file_of_nothing_but_credentials_is_listed_up_to_a_bound() -> None:
    chance = random.Random(5)
    content = b"\n".join(github_like(b"ghp_", chance) for _ in range(3 * MAX_IN_FILE))
    secrets = found(content)
    assert len(secrets) == MAX_IN_FILE + 1
    assert secrets[-1].kind == "many-secrets"


@pytest.mark.timeout(60)
@pytest.mark.parametrize("mark", [b"AKIAAAAABBBB", b"machine ", b"eyJhbGciOiJ", b"://a:b@", b"PRIVATE KEY"])
def test_a_file_of_nothing_but_marks_takes_bounded_time(mark: bytes) -> None:
    content = mark * (4_000_000 // len(mark))
    found(content)


def test_nothing_is_looked_at_where_there_is_no_mark() -> None:
    assert not may_mark_secret("a", b"nothing here")
    assert may_mark_secret("a", b"-----BEGIN PRIVATE KEY-----")
    assert not may_mark_secret("a", b"")


def test_every_name_that_is_found_has_a_title_and_a_way_out() -> None:
    assert title_of("private-key-openssh-encrypted") == "private key"
    assert "public half" in rotation_of("private-key-rsa")
    assert kind_of("of-another-version") is None
    assert rotation_of("of-another-version") == ""


def config(**members: object) -> ImageConfig:
    import json  # noqa: PLC0415

    return parse_config(json.dumps(members).encode())


def places(secrets: Iterable[ConfigSecret]) -> list[tuple[str, str]]:
    return [(secret.kind, secret.place) for secret in secrets]


def test_the_environment_labels_and_history_are_searched() -> None:
    token = github_like(b"ghp_", random.Random(6)).decode()
    image = config(
        config={
            "Env": [
                "PATH=/usr/bin",
                f"GH={token}",
                "DB_PASSWORD=Sommer2026",
                "API_TOKEN=",
                "TOKEN_FILE=/run/t",
            ],
            "Labels": {"deploy.token": "h7Gk29dLpQ77", "maintainer": "a@b"},
        },
        history=[
            {"created_by": "RUN |2 NPM_TOKEN=Yk2p0Zq81mmW TARGET=prod /bin/sh -c npm ci # buildkit"},
            {"created_by": f"RUN curl -H 'Authorization: token {token}' https://api", "empty_layer": False},
            {"created_by": "ARG HTTP_PROXY=http://proxy:3128"},
        ],
    )
    assert places(iter_config_secrets(image)) == [
        ("github-token", "environment GH"),
        ("named-secret", "environment DB_PASSWORD"),
        ("named-secret", "label deploy.token"),
        ("assigned-secret", "build argument NPM_TOKEN (step 0)"),
        ("github-token", "history, step 1"),
    ]
    shown = " ".join(secret.excerpt for secret in iter_config_secrets(image))
    for secret in ("Sommer2026", "h7Gk29dLpQ77", "Yk2p0Zq81mmW", token[8:]):
        assert secret not in shown


@pytest.mark.parametrize(
    "setting",
    [
        "GPG_KEY=7169605F62C751356D054A26A821E680E5FA6305",
        "PYTHON_SHA256=" + hashlib.sha256(b"x").hexdigest(),
        "POSTGRES_PASSWORD=$POSTGRES_PASSWORD",
        "MYSQL_ALLOW_EMPTY_PASSWORD=yes",
        "PASSWORD=changeme",
        "SECRET_NAME=projects/x/secrets/y",
        "TOKEN_URL=https://idp/token",
        "NODE_VERSION=20.11.0",
    ],
)
def test_ordinary_settings_of_base_images_are_none(setting: str) -> None:
    assert list(iter_config_secrets(config(config={"Env": [setting]}))) == []


def test_a_token_of_a_cluster_and_one_of_a_service_are_told_apart() -> None:
    chance = random.Random(7)
    cluster = jwt(chance, iss="kubernetes/serviceaccount", sub="system:serviceaccount:default:deploy")
    assert names(found(cluster)) == ["kubernetes-token"]
    assert names(found(jwt(chance, iss="https://idp", sub="me and you"))) == ["jwt"]
