"""The private parts of the sigstore library: used in one module only, and there as they are now.

If one of these fails after the library was updated, look at what became of the part before changing the test:
a part that is called the same and does less would make the verifier believe more.
"""

import inspect
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sigstore
from sigstore._internal.sct import verify_sct
from sigstore._internal.timestamp import TimestampVerificationResult
from sigstore._internal.trust import Keyring, KeyringPurpose
from sigstore.errors import Error
from sigstore.models import TrustedRoot
from sigstore.verify.verifier import Verifier

import lading
from lading.signing.keyless import parse_root, verifier_of
from lading.signing.sigstore_internals import verify_log_promise, verify_path_and_log
from tests.support.sigstore_log import AT, Log, SigstoreLog

SOURCES = Path(lading.__file__).parent
LOGGED = SigstoreLog()
VERIFIER = verifier_of(parse_root("acme", LOGGED.trusted_root))


def test_the_parts_are_there_and_ask_what_they_asked() -> None:
    assert sigstore.__version__.partition(".")[0] == "4"
    asked: dict[Any, list[str]] = {
        Verifier._verify_chain_at_time: ["self", "certificate", "timestamp_result"],
        verify_sct: ["cert", "chain", "ct_keyring"],
        Keyring.verify: ["self", "key_id", "signature", "data"],
        TrustedRoot.rekor_keyring: ["self", "purpose"],
        TrustedRoot.ct_keyring: ["self", "purpose"],
    }
    for part, names in asked.items():
        assert list(inspect.signature(part).parameters) == names, part
    assert set(TimestampVerificationResult.__dataclass_fields__) == {"source", "time"}
    assert KeyringPurpose.VERIFY.value == "verify"


def test_no_other_module_uses_private_parts_of_it() -> None:
    private = re.compile(r"sigstore(\.\w+)*\._|verifier\._|sigstore(\.\w+)* import .*\b_\w")
    users = {path.name for path in SOURCES.rglob("*.py") if private.search(path.read_text())}
    assert users == {"sigstore_internals.py"}


def test_a_promise_is_believed_of_a_log_of_the_root_and_of_no_other() -> None:
    good = LOGGED.signatures
    verify_log_promise(VERIFIER, good.id, good.sign(b"entry"), b"entry")
    stranger = Log()
    for log_id, signature, entry in (
        (good.id, good.sign(b"entry"), b"other"),
        (good.id, stranger.sign(b"entry"), b"entry"),
        (stranger.id, stranger.sign(b"entry"), b"entry"),
    ):
        with pytest.raises(Error):
            verify_log_promise(VERIFIER, log_id, signature, entry)


def test_a_certificate_is_believed_in_its_time_of_its_authority_and_when_it_was_logged() -> None:
    verify_path_and_log(VERIFIER, LOGGED.certify().leaf, AT)
    strange = SigstoreLog(certificates=LOGGED.certificates).certify().leaf
    unlogged, elsewhere = LOGGED.certify(logged=False).leaf, SigstoreLog(LOGGED.authority).certify().leaf
    for certificate in (strange, unlogged, elsewhere):
        with pytest.raises(Error):
            verify_path_and_log(VERIFIER, certificate, AT)
    for moment in (AT + timedelta(hours=1), AT - timedelta(hours=1)):
        with pytest.raises(Error):
            verify_path_and_log(VERIFIER, LOGGED.certify().leaf, moment)
