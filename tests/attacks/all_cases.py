"""The cases as they lie in the folder."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from lading.signing.trust_policy import TrustPolicy
from lading.signing.trust_policy_file import parse_trust_policy
from lading.signing.verdicts import Step
from tests.attacks.case import Case

CASES = Path(__file__).parent / "cases"
MANIFEST: list[dict[str, Any]] = tomllib.loads((CASES / "manifest.toml").read_text())["case"]
NAMES = [entry["name"] for entry in MANIFEST]


def load_case(name: str) -> Case:
    """Read one case and the policy that it is held against."""
    entry = next(entry for entry in MANIFEST if entry["name"] == name)
    step = Step[entry["refused_at"].upper()] if "refused_at" in entry else None
    return Case(name, entry["form"], _content(entry), step, entry.get("because", ""), _policy(entry["trust"]))


def _content(entry: dict[str, Any]) -> bytes | None:
    if "file" not in entry:
        return None
    content: bytes = (CASES / str(entry["file"])).read_bytes()
    size = int(entry.get("last_byte_until", len(content)))
    return content + content[-1:] * (size - len(content))


@cache
def _policy(name: str) -> TrustPolicy:
    return parse_trust_policy((CASES / "trust" / f"{name}.toml").read_text())
