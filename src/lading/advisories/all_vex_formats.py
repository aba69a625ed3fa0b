"""Every format of VEX documents, and reading one whatever it is."""

from lading.advisories.vex import VexStatement
from lading.advisories.vex_format import MAX_DOCUMENT, VexFormat
from lading.advisories.vex_formats.csaf_vex import CSAF_VEX
from lading.advisories.vex_formats.cyclonedx_vex import CYCLONEDX_VEX
from lading.advisories.vex_formats.openvex import OPENVEX
from lading.foundation import strict_json
from lading.foundation.errors import Malformed

ALL_VEX_FORMATS: tuple[VexFormat, ...] = (OPENVEX, CSAF_VEX, CYCLONEDX_VEX)


def parse_vex(content: bytes, what: str) -> tuple[VexFormat, list[VexStatement]]:
    """Read a document's statements; raise Malformed ``vex-unknown`` or ``vex-invalid``."""
    document = strict_json.decode_object(content, what=what, max_bytes=MAX_DOCUMENT)
    for each in ALL_VEX_FORMATS:
        if each.recognises(document):
            return each, list(each.decode(document))
    raise Malformed(
        "vex-unknown",
        f"{what} is no VEX document that can be read",
        hint="OpenVEX, CycloneDX with vulnerabilities, and CSAF are",
    )
