"""A workload spec as evidence: the spec and the image it names; what only the image tells is undetermined."""

from lading.admission.kubernetes_specs import JudgedSpec
from lading.foundation.errors import LadingError
from lading.oci.reference import DEFAULT_TAG, parse_reference
from lading.policy.evidence import Evidence, Gate, ImageFacts, Subject, Undetermined

_ONLY_THE_IMAGE_TELLS = (
    *("image.presence", "image.tags", "image.platform", "image.created", "image.size", "image.layers"),
    *("image.user", "image.root", "image.entrypoint", "image.command", "image.ports", "image.labels"),
    *("distro", "packages", "findings", "secrets", "signature", "attestations", "sbom", "base", "owner"),
    *("scan", "build"),
)
_NOT_ASKED = "only the spec is looked at, not the image"


def spec_evidence(judged: JudgedSpec, gate: Gate, environment: str) -> Evidence:
    """Give the evidence of one container or object of a spec."""
    unknown = [Undetermined(path, _NOT_ASKED) for path in _ONLY_THE_IMAGE_TELLS]
    image, problem = _image(judged.facts.image)
    if problem:
        named = ("registry", "repository", "tag", "digest")
        unknown += [Undetermined(f"image.{name}", problem) for name in named]
    return Evidence(
        gate=gate,
        environment=environment,
        image=image,
        workload=judged.facts,
        about=(Subject.WORKLOAD,),
        undetermined=tuple(sorted(unknown, key=lambda one: one.path)),
    )


def _image(name: str) -> tuple[ImageFacts, str]:
    if not name:
        return ImageFacts("", "", ""), "the spec names no image"
    try:
        reference = parse_reference(name)
    except LadingError as error:
        return ImageFacts("", "", ""), str(error)
    digest = str(reference.digest) if reference.digest else ""
    tag = reference.tag or ("" if digest else DEFAULT_TAG)  # what an engine takes where nothing is written
    return ImageFacts(reference.registry, reference.repository, digest, tag=tag), ""
