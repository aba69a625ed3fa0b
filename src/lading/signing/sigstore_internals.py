"""The parts of the ``sigstore`` library that have no public form, all that is used of them.

It verifies bundles by proof of inclusion alone; what cosign 1 and 2 wrote has only a log's promise, and for
that these parts are needed one by one. The lock pins the library's version. When they change, the tests of
this module fail by name, and so do the cases ``promised: …`` of ``tests/attacks``.
"""

from datetime import datetime
from typing import Any

from cryptography import x509


def verify_log_promise(verifier: Any, log_id: bytes, promise: bytes, promised: bytes) -> None:
    """Raise where no log of the verifier's root signed the promise."""
    from sigstore._internal.trust import KeyringPurpose  # noqa: PLC0415 - a large library, wanted by few
    from sigstore._utils import KeyID  # noqa: PLC0415

    keys = verifier._trusted_root.rekor_keyring(KeyringPurpose.VERIFY)
    keys.verify(key_id=KeyID(log_id), signature=promise, data=promised)


def verify_path_and_log(verifier: Any, certificate: x509.Certificate, at: datetime) -> None:
    """Raise where a certificate led to no authority of the root at that moment, or was in no log of it."""
    from sigstore._internal.sct import verify_sct  # noqa: PLC0415
    from sigstore._internal.timestamp import TimestampSource, TimestampVerificationResult  # noqa: PLC0415
    from sigstore._internal.trust import KeyringPurpose  # noqa: PLC0415

    moment = TimestampVerificationResult(source=TimestampSource.TRANSPARENCY_SERVICE, time=at)
    chain = verifier._verify_chain_at_time(certificate, moment)
    verify_sct(certificate, chain, verifier._trusted_root.ct_keyring(KeyringPurpose.VERIFY))
