"""A scan as SARIF 2.1.0 (OASIS), which code hosts show beside the lines of a change."""

import json
from collections.abc import Iterator
from typing import Any

from lading.api.images import FindingLine, SecretLine, UnreadableLine
from lading.api.scans import ScanReport

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

# Code hosts order rules by this number (0 to 10): the middle of what each word stands for.
_SECURITY = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0"}
_LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
_UNREADABLE = "lading/unreadable"
_NOT_JUDGED = "lading/not-judged"


def encode(report: ScanReport, version: str) -> bytes:
    """Write the document. The same report is the same bytes."""
    results = [
        *(_finding(each) for each in report.findings),
        *(_secret(each) for each in report.secrets),
        *(_unreadable(each) for each in report.unreadable),
        *_not_told(report),
    ]
    document = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {"name": "lading", "version": version, "rules": list(_rules(report))},
                },
                "automationDetails": {"id": f"{report.source}/"},
                "properties": {"image": report.source, "digest": report.digest, "platform": report.platform},
                "results": results,
            }
        ],
    }
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False).encode()


def _rules(report: ScanReport) -> Iterator[dict[str, Any]]:
    known: set[str] = set()
    for finding in report.findings:
        if finding.flaw not in known:
            known.add(finding.flaw)
            yield {
                "id": finding.flaw,
                "shortDescription": {"text": finding.summary or finding.flaw},
                "properties": {
                    "security-severity": _SECURITY.get(finding.severity, "0.0"),
                    "tags": [
                        "security",
                        "vulnerability",
                        *(["exploited"] if finding.known_exploited else []),
                    ],
                },
            }
    for secret in report.secrets:
        if secret.kind not in known:
            known.add(secret.kind)
            yield {
                "id": secret.kind,
                "shortDescription": {"text": f"a credential in a layer: {secret.kind}"},
                "properties": {"security-severity": "8.0", "tags": ["security", "secret"]},
            }
    if report.unreadable:
        yield {
            "id": _UNREADABLE,
            "shortDescription": {"text": "seen and not understood: what it holds is not known"},
        }
    if report.not_told:
        yield {
            "id": _NOT_JUDGED,
            "shortDescription": {"text": "packages for which no advisories are held: not known to be clean"},
        }


def _finding(finding: FindingLine) -> dict[str, Any]:
    fix = f"fixed in {finding.fixed_in}" if finding.fixed_in else "no fix is known"
    text = f"{finding.package} {finding.version} ({finding.flaw}, {finding.severity}): {fix}"
    return {
        "ruleId": finding.flaw,
        "level": _LEVELS.get(finding.severity, "warning") if finding.status == "affected" else "note",
        "message": {"text": text},
        "locations": [_location(finding.path, 1)],
        "partialFingerprints": {"lading/v1": f"{finding.flaw} {finding.purl}"},
        "properties": {"purl": finding.purl, "layer": finding.layer, "status": finding.status},
    }


def _secret(secret: SecretLine) -> dict[str, Any]:
    deleted = "" if secret.deleted_by is None else f", deleted by layer {secret.deleted_by} and still shipped"
    return {
        "ruleId": secret.kind,
        "level": "error",
        "message": {"text": f"{secret.excerpt} (layer {secret.layer}{deleted})"},
        "locations": [_location(secret.path, secret.line)],
        "properties": {"layer": secret.layer},
    }


def _unreadable(doubt: UnreadableLine) -> dict[str, Any]:
    return {
        "ruleId": _UNREADABLE,
        "level": "warning",
        "message": {"text": f"{doubt.reason} (layer {doubt.layer})"},
        "locations": [_location(doubt.path or f"layer-{doubt.layer}", 1)],
    }


def _not_told(report: ScanReport) -> Iterator[dict[str, Any]]:
    if report.not_told:
        yield {
            "ruleId": _NOT_JUDGED,
            "level": "warning",
            "message": {"text": report.not_told},
            "locations": [_location(report.source, 1)],
        }


def _location(path: str, line: int) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(path)},
            "region": {"startLine": max(1, line)},
        }
    }


def _uri(path: str) -> str:
    """A path as a relative URI (RFC 3986): whatever is not plain is escaped."""
    plain = "-._~/+@,"
    return "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in plain) else _escaped(letter)
        for letter in path
    )


def _escaped(letter: str) -> str:
    return "".join(f"%{byte:02X}" for byte in letter.encode("utf-8", "replace"))
