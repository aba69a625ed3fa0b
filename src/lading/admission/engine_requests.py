"""Requests to a Docker Engine, as its authorization plugin is asked about them: which are about running what.

1. The path is read as the engine's router reads it: decoded once, without the version in front.
2. Of a body, members are found whatever the case of their letters, as the engine finds them. A member that
   stands twice in different cases is refused: who reads first and who reads last would see two requests.
3. A body that should be there and was not handed over (the engine leaves out those over a mebibyte) is
   refused.
4. What makes no container, changes none and fetches no image is free: listing, logs, stopping, removing.
   Engine plugins run with the host's power and are judged as a privileged container.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import parse_qs, unquote

from lading.admission.engine_specs import (
    container_facts,
    exec_facts,
    plugin_facts,
    service_facts,
    volume_facts,
)
from lading.foundation import strict_json
from lading.foundation.errors import Malformed
from lading.oci.digest import Digest
from lading.policy.workload_evidence import WorkloadFacts

MAX_BODY = 8 << 20  # bytes of what the plugin is sent
_VERSION = re.compile(r"/v[0-9][0-9.]*(?=/)")


@dataclass(frozen=True, slots=True)
class EngineRequest:
    """One request, as the plugin is told of it."""

    method: str
    uri: str
    body: bytes
    user: str = ""  # common name of a TLS certificate; on the Unix socket nobody says who it is


@dataclass(frozen=True, slots=True)
class Free:
    """Nothing that a policy has a word on."""


@dataclass(frozen=True, slots=True)
class Runs:
    """Something is to be run; ``image`` is empty where it runs in a container that is there already."""

    image: str
    facts: WorkloadFacts


@dataclass(frozen=True, slots=True)
class Fetches:
    """An image is to be fetched."""

    image: str


EngineQuestion: TypeAlias = Free | Runs | Fetches


def parse_plugin_request(content: bytes) -> EngineRequest:
    """Read what the engine posts to ``/AuthZPlugin.AuthZReq``; raise Malformed or OverLimit."""
    asked = strict_json.decode_object(content, what="authorization request", max_bytes=MAX_BODY)
    method, body = asked.get("RequestMethod"), asked.get("RequestBody") or ""
    uri = asked.get("RequestUri", asked.get("RequestURI"))
    if not isinstance(method, str) or not isinstance(uri, str) or not isinstance(body, str):
        raise Malformed("engine-request", "the engine sent no method, address or body that can be read")
    try:
        decoded = base64.b64decode(body, validate=True)
    except ValueError as error:  # also what is not ASCII, which is no binascii.Error
        raise Malformed("engine-request", "the body that the engine sent is not base64") from error
    user = asked.get("User")
    return EngineRequest(method, uri, decoded, user if isinstance(user, str) else "")


def question_of(request: EngineRequest) -> EngineQuestion:
    """Say what a request is about; raise Malformed for one that has to be refused unread."""
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return Free()
    # Rule 1.
    raw, _, query = request.uri.partition("?")
    path = re.sub("/+", "/", unquote(raw))
    path = _VERSION.sub("", path, count=1) if _VERSION.match(path) else path
    steps = path.strip("/").split("/")
    match steps:
        case ["containers", "create"]:
            spec = _body(request)
            name = parse_qs(query).get("name", [""])[0]
            return Runs(_image(spec.get("image")), container_facts(spec, name))
        case ["containers", container, "exec"]:
            return Runs("", exec_facts(_body(request), container))
        case ["services", "create"] | ["services", _, "update"]:
            spec = _body(request)
            facts = service_facts(spec)
            return Runs(_image(facts.image), facts)
        case ["images", "create"]:
            return _fetched(query)
        case ["volumes", "create"]:
            opened = volume_facts(_body(request)) if request.body else None
            return Runs("", opened) if opened else Free()
        case ["plugins", *rest]:
            return _plugin(rest)
        case _:
            return Free()


def answer_key(host: str, question: Runs | Fetches, digests: tuple[str, ...], image_id: str) -> str:
    """Name all that an answer depends on beside the policy, for answers that are remembered."""
    facts = question.facts if isinstance(question, Runs) else None
    named = f"{host}\n{type(question).__name__}\n{question.image}\n{image_id}\n{sorted(digests)}\n{facts!r}"
    return str(Digest.of(named.encode("utf-8", "replace")))


def _body(request: EngineRequest) -> "Folded":
    # Rule 3.
    if not request.body:
        raise Malformed(
            "engine-body-unseen",
            "what is to be run was not shown to the gate: the engine hands over at most 1 MiB",
            hint="make the specification smaller: environment and labels count",
        )
    plain = strict_json.decode_object(request.body, what="the engine's request", max_bytes=MAX_BODY)
    return Folded(plain)


class Folded(Mapping[str, Any]):
    """An object whose members are found in any case (rule 2); objects below it are the same."""

    def __init__(self, plain: Mapping[str, Any]) -> None:
        self._members: dict[str, Any] = {}
        for name, value in plain.items():
            folded = name.casefold()
            if folded in self._members:
                raise Malformed("engine-ambiguous", f"{name[:80]!r} stands twice, in different letters")
            self._members[folded] = _fold(value)

    def __getitem__(self, name: str) -> Any:
        """Give a member; KeyError where there is none."""
        return self._members[name.casefold()]

    def __iter__(self) -> Any:
        """Iterate over the names, folded."""
        return iter(self._members)

    def __len__(self) -> int:
        """Count the members."""
        return len(self._members)


def _fold(value: Any) -> Any:
    if isinstance(value, dict):
        return Folded(value)
    return [_fold(one) for one in value] if isinstance(value, list) else value


def _image(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise Malformed("engine-image", "the request names no image")
    return value


def _fetched(query: str) -> EngineQuestion:
    asked = parse_qs(query)
    name, tag = asked.get("fromImage", [""])[-1], asked.get("tag", [""])[-1]
    if len(asked.get("fromImage", [])) > 1 or len(asked.get("tag", [])) > 1:
        raise Malformed("engine-ambiguous", "the request names two images")
    if not name:
        return Free()  # made of an archive: it is judged when it is to be run
    if not tag:
        return Fetches(name)
    return Fetches(f"{name}@{tag}" if ":" in tag else f"{name}:{tag}")


def _plugin(steps: list[str]) -> EngineQuestion:
    acts = {"pull", "create", "enable", "upgrade", "set"}
    return Runs("", plugin_facts(steps[0])) if acts.intersection(steps) else Free()
