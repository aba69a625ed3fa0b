"""The image that a Dockerfile would make, as far as the file decides it."""

from lading.dockerfile.stages import Dockerfile, Step
from lading.policy.build_facts import base_reference, is_scratch, read_build
from lading.policy.evidence import (
    BaseFacts,
    Evidence,
    Gate,
    ImageFacts,
    Proof,
    Subject,
    Undetermined,
    starts_as_root,
)

# What a Dockerfile cannot tell.
_ONLY_THE_IMAGE_TELLS = (
    *("image.registry", "image.repository", "image.digest", "image.presence", "image.tag", "image.tags"),
    *("image.platform", "image.created", "image.size", "image.layers", "distro", "packages", "findings"),
    *("secrets", "signature", "attestations", "sbom", "owner", "scan", "workload"),
)
_NOT_BUILT = "the image is not built yet"


def dockerfile_evidence(dockerfile: Dockerfile, gate: Gate, environment: str = "") -> Evidence:
    """Give the evidence of a Dockerfile; what only the finished image can tell is undetermined."""
    steps = [step for _, step in dockerfile.iter_steps(final=True)]
    unknown = [Undetermined(path, _NOT_BUILT) for path in _ONLY_THE_IMAGE_TELLS]
    user = dockerfile.target.user
    if not user and not is_scratch(dockerfile.stages[dockerfile.final[0]]):
        base_name = dockerfile.stages[dockerfile.final[0]].base.text
        reason = f"the file sets no USER, so that the base {base_name} decides"
        unknown += [Undetermined("image.user", reason), Undetermined("image.root", reason)]
    elif "$" in user:
        unknown += [Undetermined("image.root", f"the user {user} has no value in the file")]
    image = ImageFacts(
        registry="",
        repository="",
        digest="",
        user=user,
        root=starts_as_root(user),
        entrypoint=_words(steps, "ENTRYPOINT"),
        command=_words(steps, "CMD"),
        ports=_ports(steps),
        labels=_labels(steps),
    )
    base, base_unknown = _base(dockerfile)
    return Evidence(
        gate=gate,
        environment=environment,
        image=image,
        base=base,
        build=read_build(dockerfile).facts,
        about=(Subject.DOCKERFILE,),
        undetermined=tuple(sorted((*unknown, *base_unknown), key=lambda one: one.path)),
    )


def _words(steps: list[Step], keyword: str) -> tuple[str, ...]:
    found = [step.instruction for step in steps if step.instruction.keyword == keyword]
    if not found:
        return ()
    last = found[-1]
    return last.arguments if last.exec_form else ("/bin/sh", "-c", last.text.strip())


def _ports(steps: list[Step]) -> tuple[str, ...]:
    ports: list[str] = []
    for step in steps:
        if step.instruction.keyword == "EXPOSE":
            for word in step.instruction.arguments:
                port = step.fill(word).text
                ports.append(port if "/" in port else f"{port}/tcp")
    return tuple(dict.fromkeys(ports))


def _labels(steps: list[Step]) -> dict[str, str]:
    labels: dict[str, str] = {}
    for step in steps:
        if step.instruction.keyword == "LABEL":
            for name, value in step.instruction.pairs():
                labels[step.fill(name).text] = step.fill(value).text
    return labels


def _base(dockerfile: Dockerfile) -> tuple[BaseFacts, list[Undetermined]]:
    lowest = dockerfile.stages[dockerfile.final[0]]
    if is_scratch(lowest):
        return BaseFacts(reference="", approved=Proof.VERIFIED, reason="it is built on nothing"), []
    reference = base_reference(lowest)
    if reference is None:
        names = ", ".join(sorted(lowest.base.unknown)) or lowest.base.text
        return BaseFacts(), [
            Undetermined("base", f"the base cannot be told: {names} has no value in the file")
        ]
    facts = BaseFacts(
        reference=str(reference),
        digest=str(reference.digest or ""),
        pinned=reference.is_pinned,
        approved=Proof.UNDETERMINED,
        reason="there is no catalogue of approved bases at hand",
    )
    return facts, []
