"""Key stores that are named wrongly, refuse, or answer nonsense."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from lading.adapters.key_stores import open_key
from lading.adapters.keys_aws_kms import AwsCredentials, open_aws_key, sign_request
from lading.adapters.keys_azure import open_azure_key
from lading.adapters.keys_gcp_kms import open_gcp_key
from lading.adapters.keys_pkcs11 import open_pkcs11_key
from lading.adapters.keys_vault import open_vault_key
from lading.foundation.errors import LadingError
from tests.support import key_stores as stores

OPENERS: dict[str, Any] = {
    "vault": lambda transport: open_vault_key("k", "hashivault://k", stores.VAULT, transport=transport),
    "aws": lambda transport: open_aws_key("k", "awskms:///k", stores.AWS, transport=transport),
    "gcp": lambda transport: open_gcp_key(
        "k", f"gcpkms://{stores.GCP_KEY}", {"GOOGLE_OAUTH_ACCESS_TOKEN": "t"}, transport=transport
    ),
    "azure": lambda transport: open_azure_key(
        "k", "azurekms://v.vault.azure.net/k", stores.AZURE, transport=transport
    ),
}


def code_of(open_: Any) -> str:
    with pytest.raises(LadingError) as caught:
        open_()
    return caught.value.code


def always(content: bytes, status: int = 200) -> httpx.MockTransport:
    return httpx.MockTransport(lambda _request: httpx.Response(status, content=content))


def unreachable(_request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("no route")


@pytest.mark.parametrize("store", OPENERS)
@pytest.mark.parametrize(
    ("transport", "code"),
    [
        (always(b"denied", 403), "key-store-refused"),
        (always(b"<html>"), "key-store-nonsense"),
        (always(b"[]"), "key-store-nonsense"),
        (always(b"{}"), "key-store-nonsense"),
        (always(b'{"x":"' + b"x" * 300_000 + b'"}'), "key-store-nonsense"),
        (httpx.MockTransport(unreachable), "key-store-unreachable"),
    ],
    ids=["refuses", "is no JSON", "is a list", "is empty", "is huge", "is away"],
)
def test_a_store_that_does_not_answer_as_documented(
    store: str, transport: httpx.MockTransport, code: str
) -> None:
    assert code_of(lambda: OPENERS[store](transport)) == code


@pytest.mark.parametrize(
    "uri",
    [
        "ftp://x",
        "release.pem",
        "hashivault://",
        "awskms://",
        "gcpkms://x",
        "azurekms://v.vault.azure.net/",
        "pkcs11:token=x",
        "pkcs11:nonsense=x?module-path=/x",
        "pkcs11:token=x;object=y?module-path=/x&pin-value=1234",
    ],
)
def test_a_key_that_is_named_wrongly(uri: str) -> None:
    assert code_of(lambda: open_key("k", uri, {})) == "key-uri-invalid"


def test_a_file_may_be_encrypted_with_a_passphrase_from_the_environment(tmp_path: Path) -> None:
    from lading.adapters.keys_file import open_or_create_signing_key  # noqa: PLC0415

    path = tmp_path / "key.pem"
    made = open_or_create_signing_key(path, name="x", passphrase=b"kettle ocean")
    environment = {"LADING_KEY_PASSPHRASE_RELEASE_2": "kettle ocean"}
    assert open_key("release-2", f"file:{path}", environment).public_key == made.public_key
    assert code_of(lambda: open_key("release-2", f"file:{path}", {})) == "passphrase-missing"


def test_a_module_that_is_not_there_and_a_key_that_is_not_there(tmp_path: Path) -> None:
    missing = f"pkcs11:token=x;object=y?module-path={tmp_path}/none.so"
    assert code_of(lambda: open_pkcs11_key("k", missing, {})) == "key-store-failed"
    stores.softhsm_token()
    other = f"pkcs11:token=release;object=other?module-path={stores.SOFTHSM}"
    assert code_of(lambda: open_pkcs11_key("k", other, {"LADING_PKCS11_PIN": "1234"})) == "key-missing"
    elsewhere = f"pkcs11:token=nowhere;object=p256?module-path={stores.SOFTHSM}"
    assert code_of(lambda: open_pkcs11_key("k", elsewhere, {})) == "key-store-failed"


def test_requests_are_signed_as_the_general_reference_computes_it() -> None:
    credentials = AwsCredentials("us-east-1", "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "t")
    signed = sign_request({"Host": "kms.us-east-1.amazonaws.com"}, b"{}", credentials, stores.NOON)
    assert signed["X-Amz-Date"] == "20260301T120000Z"
    assert signed["Authorization"].startswith(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260301/us-east-1/kms/aws4_request, "
        "SignedHeaders=host;x-amz-date;x-amz-security-token, Signature="
    )
    other = sign_request({"Host": "kms.us-east-1.amazonaws.com"}, b"{ }", credentials, stores.NOON)
    assert other["Authorization"] != signed["Authorization"]
