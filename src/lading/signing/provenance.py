"""Provenance: how an image came to be, read from SLSA provenance v0.2 and v1 into one value.

Builders put the same facts in different places. Where the specification does not fix a place, it is the one
of the build type that the field knows: GitHub's workflow builds, its container generator, BuildKit, GitLab,
Jenkins and what ``lading attest`` writes.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lading.foundation.errors import Malformed
from lading.signing.statement import Statement

SLSA_V1 = "https://slsa.dev/provenance/v1"
SLSA_V02 = "https://slsa.dev/provenance/v0.2"
PROVENANCE_TYPES = (SLSA_V1, SLSA_V02)
MAX_MATERIALS = 10_000
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")
_BRANCH = re.compile(r"refs/heads/(.+)\Z")


@dataclass(frozen=True, slots=True)
class Material:
    """Something that went into a build: where it came from, and its digests by algorithm."""

    uri: str
    digests: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Provenance:
    """How something was built. Empty text means that the builder does not say."""

    builder: str
    build_type: str
    source: str = ""  # repository that was built from, without revision
    commit: str = ""
    ref: str = ""  # refs/heads/main, refs/tags/v1
    workflow: str = ""  # file in the source that describes the build
    invocation: str = ""  # address or id of the run
    started_by: str = ""
    started: str = ""
    finished: str = ""
    materials: tuple[Material, ...] = ()

    @property
    def branch(self) -> str:
        """The branch that was built, empty for a tag and where it is not stated."""
        found = _BRANCH.match(self.ref)
        return found.group(1) if found else ""

    @property
    def bases(self) -> tuple[Material, ...]:
        """The images among the materials."""
        return tuple(entry for entry in self.materials if entry.uri.startswith(("pkg:docker/", "pkg:oci/")))


def provenance_of(statement: Statement) -> Provenance:
    """Read the provenance in a statement; raise Malformed where it is none."""
    predicate = statement.predicate
    if statement.predicate_type not in PROVENANCE_TYPES:
        raise Malformed("provenance-invalid", f"{statement.predicate_type[:160]} is no SLSA provenance")
    if not isinstance(predicate, Mapping):
        raise Malformed("provenance-invalid", "the predicate must be an object")
    return _of_v1(predicate) if statement.predicate_type == SLSA_V1 else _of_v02(predicate)


def _of_v1(predicate: Mapping[str, Any]) -> Provenance:
    definition, run = _map(predicate, "buildDefinition"), _map(predicate, "runDetails")
    builder, build_type = _text(_map(run, "builder"), "id"), _text(definition, "buildType")
    if not builder or not build_type:
        raise Malformed("provenance-invalid", "provenance must name its builder and its build type")
    external, internal = _map(definition, "externalParameters"), _map(definition, "internalParameters")
    metadata = _map(run, "metadata")
    materials = _materials(definition.get("resolvedDependencies"))
    workflow = _map(external, "workflow")
    source, ref = _repository(
        _text(workflow, "repository")
        or _text(_map(external, "source"), "uri")
        or _text(external, "source")
        or _text(external, "repository")
        or _text(_map(external, "configSource"), "uri")
    )
    ref = _text(workflow, "ref") or _text(external, "ref") or ref
    platform = _map(internal, "github") or internal
    return Provenance(
        builder,
        build_type,
        source=source,
        commit=_text(external, "commit") or _commit_of(materials, source),
        ref=ref,
        workflow=_text(workflow, "path") or _text(_map(external, "configSource"), "path"),
        invocation=_text(metadata, "invocationId"),
        started_by=_first(platform, "actor", "startedBy", "actor_id"),
        started=_text(metadata, "startedOn"),
        finished=_text(metadata, "finishedOn"),
        materials=materials,
    )


def _of_v02(predicate: Mapping[str, Any]) -> Provenance:
    builder, build_type = _text(_map(predicate, "builder"), "id"), _text(predicate, "buildType")
    if not builder or not build_type:
        raise Malformed("provenance-invalid", "provenance must name its builder and its build type")
    invocation, metadata = _map(predicate, "invocation"), _map(predicate, "metadata")
    entry = _map(invocation, "configSource")
    environment = _map(invocation, "environment")
    materials = _materials(predicate.get("materials"))
    source, ref = _repository(_text(entry, "uri"))
    if not source:
        source, ref = _repository(_text(_vcs(metadata), "source"))
    digests = _digests(entry.get("digest"))
    commit = digests.get("sha1") or digests.get("gitCommit") or _text(_vcs(metadata), "revision")
    return Provenance(
        builder,
        build_type,
        source=source,
        commit=commit or _commit_of(materials, source),
        ref=_text(environment, "github_ref") or ref,
        workflow=_text(entry, "entryPoint"),
        invocation=_text(metadata, "buildInvocationID") or _text(metadata, "buildInvocationId"),
        started_by=_first(environment, "github_actor", "actor"),
        started=_text(metadata, "buildStartedOn"),
        finished=_text(metadata, "buildFinishedOn"),
        materials=materials,
    )


def _vcs(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    """Where BuildKit writes the repository of its context (moby/buildkit, "slsa-definitions")."""
    return _map(_map(metadata, "https://mobyproject.org/buildkit@v1#metadata"), "vcs")


def _repository(uri: str) -> tuple[str, str]:
    """Split ``git+https://host/org/repo@refs/heads/main`` into repository and ref."""
    bare = uri.removeprefix("git+")
    head, at, ref = bare.rpartition("@")
    # An @ before the path belongs to a user name (ssh://git@host/…), and no ref starts there.
    if at and "/" not in ref.partition("refs/")[0] and "/" in head.partition("://")[2]:
        return head.removesuffix(".git"), ref
    return bare.removesuffix(".git"), ""


def _commit_of(materials: Iterable[Material], source: str) -> str:
    for material in materials:
        commit = material.digests.get("gitCommit") or material.digests.get("sha1") or ""
        if _COMMIT.match(commit) and (not source or _repository(material.uri)[0] == source):
            return commit
    return ""


def _materials(value: object) -> tuple[Material, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MAX_MATERIALS:
        raise Malformed("provenance-invalid", f"materials must be a list of at most {MAX_MATERIALS}")
    return tuple(_material(entry) for entry in value)


def _material(entry: object) -> Material:
    if not isinstance(entry, Mapping):
        raise Malformed("provenance-invalid", "a material must be an object")
    return Material(_text(entry, "uri") or _text(entry, "name"), _digests(entry.get("digest")))


def _digests(value: object) -> Mapping[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(hex_, str) for hex_ in value.values()):
        raise Malformed("provenance-invalid", "digests must be an object of strings")
    return value


def _map(value: Mapping[str, Any], member: str) -> Mapping[str, Any]:
    found = value.get(member)
    return found if isinstance(found, Mapping) else {}


def _text(value: Mapping[str, Any], member: str) -> str:
    found = value.get(member)
    return found if isinstance(found, str) else ""


def _first(value: Mapping[str, Any], *members: str) -> str:
    return next((text for member in members if (text := _text(value, member))), "")
