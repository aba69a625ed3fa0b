"""An advisory that comes in after the sample fleet was judged, so that verdicts change."""

from lading.advisories.formats.osv import OSV
from lading.ports.records.record_set import Records
from lading.workflows.import_advisories import FeedArrival, import_advisories
from lading.workflows.match_packages import match_packages
from tests.support.osv_records import affected, document, record
from tests.support.registry import ROOT
from tests.support.sample_fleet import NOW


def add_change(records: Records) -> None:
    """CVE-2026-7 of urllib3: in shop/checkout 2.3.9, of payments, and in base/python, of platform."""
    one = record(
        "PYSEC-2026-9",
        aliases=["CVE-2026-7"],
        severity=[{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"}],
        affected=[affected("PyPI", "urllib3", {"introduced": "0"}, {"fixed": "1.26.5"})],
    )
    arrival = FeedArrival("osv/PyPI", OSV, [document(one)], "sha256:" + "7" * 64)
    import_advisories(records, ROOT, arrival, NOW, force=True)
    for _ in match_packages(records, NOW):
        pass
