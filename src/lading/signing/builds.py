"""How an image was built, as far as a trusted signer of provenance says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lading.foundation.errors import LadingError, Malformed
from lading.signing.provenance import PROVENANCE_TYPES, Material, Provenance, provenance_of
from lading.signing.trust_policy import TrustPolicy
from lading.signing.verdicts import Verified
from lading.signing.verification import JudgedAttestations

MAX_KEPT_MATERIALS = 500
_TEXTS = (
    *("builder", "build_type", "source", "commit", "ref", "workflow", "invocation", "started_by"),
    *("started", "finished"),
)


@dataclass(frozen=True, slots=True)
class KnownBuild:
    """Provenance, who signed it, and under which name its builder is on the list of those that may build."""

    provenance: Provenance
    signers: tuple[str, ...]
    listed_as: str = ""
    owner: str = ""


def known_build(judged: JudgedAttestations, policy: TrustPolicy) -> KnownBuild | None:
    """The build of an image; None where no trusted signer says how it was."""
    for type_ in PROVENANCE_TYPES:
        outcome = judged.of_type(type_)
        if not isinstance(outcome.verdict, Verified):
            continue
        for statement in outcome.statements:
            try:
                provenance = provenance_of(statement)
            except LadingError:
                continue
            entry = policy.builder_for(provenance.builder)
            counts = entry is not None and not entry.window.refusal(None, judged.at)
            return KnownBuild(
                provenance,
                tuple(signer.name for signer in outcome.verdict.signers),
                entry.name if entry is not None and counts else "",
                entry.owner if entry is not None else "",
            )
    return None


def build_to_json(build: KnownBuild) -> dict[str, Any]:
    """Give a build as small JSON."""
    provenance = build.provenance
    return {
        **{name: getattr(provenance, name) for name in _TEXTS},
        "materials": [
            {"uri": material.uri, "digest": dict(material.digests)}
            for material in provenance.materials[:MAX_KEPT_MATERIALS]
        ],
        "signers": list(build.signers),
        "listedAs": build.listed_as,
        "owner": build.owner,
    }


def build_from_json(document: Mapping[str, Any]) -> KnownBuild:
    """Read what ``build_to_json`` wrote; raise Malformed for anything else."""
    try:
        materials = tuple(Material(entry["uri"], entry["digest"]) for entry in document["materials"])
        texts = {name: document[name] for name in _TEXTS}
        provenance = Provenance(**texts, materials=materials)
        return KnownBuild(provenance, tuple(document["signers"]), document["listedAs"], document["owner"])
    except (KeyError, TypeError) as error:
        raise Malformed("build-invalid", "this is not a stored build") from error
