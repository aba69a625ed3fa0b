"""Case functions are named after the attack."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey

from lading.access.principal import Principal, PrincipalKind
from lading.access.token_claims import (
    RefusedToken,
    TokenClaims,
    TokenRefusal,
    TokenVerdict,
    ValidToken,
    claims_to_json,
)
from lading.access.token_scopes import parse_scopes
from lading.adapters.private_key_file import new_p256_pem
from lading.adapters.tokens_jwt import JwtTokens

NOW = 1_800_000_000
ISSUER = "lading"
AUDIENCE = "registry.example.org"
PEM = new_p256_pem()
TOKENS = JwtTokens(ISSUER, [PEM])
KEY = ECKey.import_key(PEM)


def claims(**changes: Any) -> TokenClaims:
    values: dict[str, Any] = {
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "principal": Principal(PrincipalKind.ROBOT, "ci"),
        "scopes": parse_scopes(["repository:team/app:pull,push"]),
        "issued_at": NOW,
        "not_before": NOW,
        "expires_at": NOW + 300,
        "token_id": "t1",
    }
    return TokenClaims(**(values | changes))


def verdict(token: str, *, now: int = NOW, audience: str = AUDIENCE) -> TokenVerdict:
    return TOKENS.verify(token, audience=audience, now=now)


def refusal(token: str, *, now: int = NOW, audience: str = AUDIENCE) -> TokenRefusal:
    found = verdict(token, now=now, audience=audience)
    assert isinstance(found, RefusedToken)
    return found.refusal


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def signed(payload: bytes, **header: Any) -> str:
    full = {"alg": "ES256", "typ": "JWT", "kid": KEY.thumbprint(), **header}
    body = f"{encoded(full)}.{base64.urlsafe_b64encode(payload).rstrip(b'=').decode()}"
    private = load_pem_private_key(PEM, None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    r, s = decode_dss_signature(private.sign(body.encode(), ec.ECDSA(hashes.SHA256())))
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return f"{body}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def signed_claims(**changes: Any) -> str:
    document = claims_to_json(claims()) | changes
    return signed(json.dumps({key: value for key, value in document.items() if value != "DROP"}).encode())


def test_a_token_that_we_issued_is_believed_with_all_that_it_says() -> None:
    assert verdict(TOKENS.issue(claims())) == ValidToken(claims())


def test_claims_signed_by_hand_with_our_key_are_believed_so_that_the_refusals_mean_something() -> None:
    assert verdict(signed_claims()) == ValidToken(claims())


def test_a_token_of_an_earlier_key_is_believed_until_that_key_is_dropped() -> None:
    rotated = JwtTokens(ISSUER, [new_p256_pem(), PEM])
    token = TOKENS.issue(claims())
    assert isinstance(rotated.verify(token, audience=AUDIENCE, now=NOW), ValidToken)
    assert isinstance(TOKENS.verify(rotated.issue(claims()), audience=AUDIENCE, now=NOW), RefusedToken)


def test_a_holder_is_never_an_administrator_by_token() -> None:
    token = TOKENS.issue(claims(principal=Principal(PrincipalKind.PERSON, "root", admin=True, groups=("g",))))
    found = verdict(token)
    assert isinstance(found, ValidToken)
    assert found.claims.principal == Principal(PrincipalKind.PERSON, "root")


def test_forged_with_another_key() -> None:
    other = ECKey.import_key(new_p256_pem())
    token = jws.serialize_compact(
        {"alg": "ES256", "typ": "JWT", "kid": KEY.thumbprint()},
        json.dumps(claims_to_json(claims())).encode(),
        other,
        algorithms=["ES256"],
    )
    assert refusal(token) is TokenRefusal.SIGNATURE


def test_forged_with_an_unknown_key() -> None:
    assert refusal(JwtTokens(ISSUER, [new_p256_pem()]).issue(claims())) is TokenRefusal.UNKNOWN_KEY


def test_key_brought_along_in_the_header() -> None:
    other = ECKey.import_key(new_p256_pem())
    token = jws.serialize_compact(
        {"alg": "ES256", "typ": "JWT", "kid": KEY.thumbprint(), "jwk": other.as_dict(private=False)},
        json.dumps(claims_to_json(claims())).encode(),
        other,
        algorithms=["ES256"],
    )
    assert refusal(token) is TokenRefusal.MALFORMED


def test_critical_extension_that_we_do_not_know() -> None:
    token = signed(json.dumps(claims_to_json(claims())).encode(), crit=["x"], x=1)
    assert refusal(token) is TokenRefusal.MALFORMED


def test_algorithm_none() -> None:
    for name in ("none", "None", "NONE", ""):
        header = encoded({"alg": name, "typ": "JWT", "kid": KEY.thumbprint()})
        assert refusal(f"{header}.{encoded(claims_to_json(claims()))}.") is TokenRefusal.ALGORITHM


def test_algorithm_confusion_with_our_public_key_as_the_secret() -> None:
    public = load_pem_private_key(PEM, None).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = encoded({"alg": "HS256", "typ": "JWT", "kid": KEY.thumbprint()})
    body = f"{header}.{encoded(claims_to_json(claims()))}"
    mac = hmac.new(pem, body.encode(), hashlib.sha256).digest()
    assert refusal(f"{body}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}") is TokenRefusal.ALGORITHM


def test_claims_changed_after_signing() -> None:
    header, _, signature = TOKENS.issue(claims()).split(".")
    widened = claims(scopes=parse_scopes(["repository:other/app:push"]))
    assert refusal(f"{header}.{encoded(claims_to_json(widened))}.{signature}") is TokenRefusal.SIGNATURE


def test_signature_of_zeros() -> None:
    body, _, _ = TOKENS.issue(claims()).rpartition(".")
    zeros = base64.urlsafe_b64encode(bytes(64)).decode().rstrip("=")
    assert refusal(f"{body}.{zeros}") is TokenRefusal.SIGNATURE


def test_expired() -> None:
    token = TOKENS.issue(claims())
    assert isinstance(verdict(token, now=NOW + 299), ValidToken)
    assert refusal(token, now=NOW + 300) is TokenRefusal.EXPIRED


def test_not_yet_valid_beyond_the_leeway_for_clocks() -> None:
    token = TOKENS.issue(claims())
    assert isinstance(verdict(token, now=NOW - 30), ValidToken)
    assert refusal(token, now=NOW - 31) is TokenRefusal.NOT_YET_VALID


def test_wrong_audience() -> None:
    assert refusal(TOKENS.issue(claims()), audience="other.example.org") is TokenRefusal.AUDIENCE


def test_wrong_issuer() -> None:
    assert refusal(TOKENS.issue(claims(issuer="somebody"))) is TokenRefusal.ISSUER


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": "DROP"},
        {"exp": str(NOW + 300)},
        {"exp": True},
        {"exp": 1e300},
        {"nbf": None},
        {"aud": [AUDIENCE]},
        {"sub": "system:lading"},
        {"sub": "person:"},
        {"sub": "root"},
        {"jti": ""},
        {"access": {}},
        {"access": ["repository:a:pull"]},
        {"access": [{"type": "repository", "name": "a", "actions": "pull"}]},
        {"access": [{"type": "repository", "name": "a", "actions": [1]}]},
        {"access": [{"type": "repository", "name": "a", "actions": []}] * 65},
    ],
    ids=str,
)
def test_claims_of_wrong_shape_even_if_well_signed(changes: dict[str, Any]) -> None:
    assert refusal(signed_claims(**changes)) is TokenRefusal.CLAIMS


@pytest.mark.parametrize("payload", [b"", b"null", b"[]", b'{"sub":1,"sub":2}', b"\xff", b"[" * 500])
def test_payload_that_is_no_claim_set_even_if_well_signed(payload: bytes) -> None:
    assert refusal(signed(payload)) is TokenRefusal.CLAIMS


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b.c", "e30.e30.e30", "x" * 20_000, "é.é.é", "W10.e30.x", "\ud800"]
)
def test_not_a_token_at_all(token: str) -> None:
    assert refusal(token) is TokenRefusal.MALFORMED


@given(st.text(max_size=200))
def test_any_text_is_judged_without_raising(text: str) -> None:
    assert isinstance(verdict(text), RefusedToken)


@given(st.integers(min_value=0), st.integers(min_value=0, max_value=255))
def test_a_token_with_one_character_changed_never_says_something_else(at: int, byte: int) -> None:
    token = TOKENS.issue(claims())
    at %= len(token)
    found = verdict(token[:at] + chr(byte) + token[at + 1 :])
    # The last character of a part holds bits that base64 ignores, so an equal token can be spelt otherwise.
    assert isinstance(found, RefusedToken) or found == ValidToken(claims())


def test_keys_of_other_kinds_are_not_taken() -> None:
    with pytest.raises(ValueError, match="P-256"):
        JwtTokens(ISSUER, [ECKey.generate_key("P-384").as_pem(private=True)])
    with pytest.raises(ValueError, match="at least one"):
        JwtTokens(ISSUER, [])
