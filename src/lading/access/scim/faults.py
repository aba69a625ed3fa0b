"""What is answered to a request that SCIM does not allow."""

from lading.foundation.errors import Malformed


def fault(kind: str, message: str, *, hint: str = "") -> Malformed:
    """The error of a kind of RFC 7644, section 3.12 ("invalidFilter", "invalidValue" …)."""
    return Malformed("scim-invalid", message, hint=hint, details={"scimType": kind})
