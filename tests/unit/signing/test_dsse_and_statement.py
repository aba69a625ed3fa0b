import pytest

from lading.foundation.errors import Malformed
from lading.oci.digest import Digest
from lading.signing import dsse
from lading.signing.statement import build_statement, parse_statement, predicate_bytes

IMAGE = Digest.of(b"an image")


def test_the_encoding_before_signing_is_that_of_the_specification() -> None:
    """DSSE v1.0.2, protocol.md, "Test vectors"."""
    encoded = dsse.pre_authentication_encoding("http://example.com/HelloWorld", b"hello world")
    assert encoded == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


def test_lengths_are_of_bytes_so_that_no_two_pairs_meet() -> None:
    assert dsse.pre_authentication_encoding("ä", "ß".encode()) == "DSSEv1 2 ä 2 ß".encode()
    assert dsse.pre_authentication_encoding("a 1", b"b") != dsse.pre_authentication_encoding("a", b"1 b")


def test_an_envelope_is_read_back() -> None:
    signatures = (dsse.EnvelopeSignature(b"\xff\xfe\xfd", "k"), dsse.EnvelopeSignature(b"2"))
    envelope = dsse.Envelope("t", b"\0payload", signatures)
    assert dsse.parse_envelope(dsse.encode_envelope(envelope)) == envelope


def test_the_predicate_stands_in_the_statement_as_it_was_given() -> None:
    predicate = b'{ "score": 9.80, "name": "\\u00e9" }'
    raw = build_statement([("team/app", IMAGE)], "https://example.org/score", predicate)
    assert predicate in raw
    statement = parse_statement(raw)
    assert statement.is_about(IMAGE)
    assert not statement.is_about(Digest.of(b""))
    assert statement.predicate_type == "https://example.org/score"
    assert predicate_bytes(statement) == '{"score":9.8,"name":"é"}'.encode()


@pytest.mark.parametrize("predicate", [b"", b"[]", b"{}{}", b'{"a":1,"a":2}', b'{},"subject":[]'])
def test_a_predicate_that_is_not_one_object_cannot_get_into_a_statement(predicate: bytes) -> None:
    with pytest.raises(Malformed):
        build_statement([("team/app", IMAGE)], "https://example.org/x", predicate)


def test_a_statement_about_nothing_is_not_written() -> None:
    with pytest.raises(Malformed):
        build_statement([], "https://example.org/x", b"{}")
