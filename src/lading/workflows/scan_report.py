"""What the scan of an image found, as the predicate that cosign's type ``vuln`` describes.

The form is cosign's COSIGN_VULN_ATTESTATION_SPEC; ``scanner.result`` is the scanner's own, which here is one
object for each finding.
"""

import json
from datetime import datetime

from lading import __version__
from lading.cataloging.layer import ANALYSER
from lading.foundation.errors import NotFound
from lading.foundation.instants import rfc3339
from lading.oci.digest import Digest
from lading.packages.purl import package_url
from lading.packages.realm import realm_words
from lading.ports.records.contents import AnalysisState
from lading.ports.records.page import MAX_LIMIT
from lading.ports.records.record_set import Records
from lading.workflows.feed_standing import unjudged_in


def scan_report(records: Records, manifest: Digest, now: datetime) -> bytes:
    """The predicate as JSON. Raises NotFound ``image-not-analysed``: not looked at is not clean."""
    with records.read() as kept:
        image = kept.contents.image(manifest)
        findings = kept.matches.image_findings(manifest, limit=MAX_LIMIT)
        feeds = kept.advisories.feeds()
        unjudged = unjudged_in(kept, manifest)
    if image is None or image.analysis.state is not AnalysisState.DONE:
        raise NotFound("image-not-analysed", f"{manifest} has not been analysed", hint="try again in a while")
    result = {
        "analyser": ANALYSER,
        # Whether nothing is left out: more findings than are listed, or packages that nobody could judge.
        "complete": not findings.next and not unjudged,
        "unjudged": {realm_words(realms): number for realms, number in unjudged.items()},
        "findings": [
            {
                "vulnerability": finding.match.flaw,
                "status": str(finding.match.status),
                "severity": str(finding.match.severity),
                "purl": package_url(finding.installed.package),
                "fixedIn": finding.match.fixed_in,
            }
            for finding in findings.items
        ],
    }
    document = {
        "invocation": {"uri": "", "event_id": "", "builder.id": ""},
        "scanner": {
            "uri": "pkg:generic/lading",
            "version": __version__,
            "db": {
                "uri": ", ".join(feed.name for feed in feeds),
                "version": ", ".join(feed.digest for feed in feeds),
                "lastUpdate": rfc3339(max(feed.imported_at for feed in feeds)) if feeds else "",
            },
            "result": result,
        },
        "metadata": {
            "scanStartedOn": rfc3339(image.analysis.changed_at),
            "scanFinishedOn": rfc3339(now),
        },
    }
    return json.dumps(document, separators=(",", ":"), sort_keys=True).encode()
