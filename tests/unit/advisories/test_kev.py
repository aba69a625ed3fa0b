import io
import json
from typing import Any

import pytest

from lading.advisories.advisory import Advisory
from lading.advisories.feed import Decoded, FeedDocument, RefusedRecord
from lading.advisories.formats.kev import KEV
from lading.foundation.errors import Malformed

ENTRY = {
    "cveID": "CVE-2014-6271",
    "dateAdded": "2022-01-28",
    "vulnerabilityName": "GNU Bourne-Again Shell\n(Bash)",
}


def decode(catalog: Any) -> list[Decoded]:
    return list(KEV.decode("kev", [FeedDocument("kev.json", io.BytesIO(json.dumps(catalog).encode()))]))


def test_an_entry_says_since_when_a_flaw_is_exploited() -> None:
    (found,) = decode({"count": 1, "vulnerabilities": [ENTRY]})
    assert isinstance(found, Advisory)
    assert (found.id, found.published, found.known_exploited) == ("CVE-2014-6271", "2022-01-28", True)
    assert (found.summary, found.affected) == ("GNU Bourne-Again Shell (Bash)", ())


@pytest.mark.parametrize(
    "catalog", [{"count": 2, "vulnerabilities": [ENTRY]}, {"count": 0}, {"vulnerabilities": {}}, []]
)
def test_a_catalog_that_contradicts_itself_is_refused(catalog: Any) -> None:
    with pytest.raises(Malformed):
        decode(catalog)


def test_an_entry_without_a_date_is_refused_by_itself() -> None:
    first, second = decode({"vulnerabilities": [{"cveID": "CVE-1"}, ENTRY]})
    assert isinstance(first, RefusedRecord)
    assert first.where == "kev.json: entry 1"
    assert isinstance(second, Advisory)
