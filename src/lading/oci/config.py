"""Image configurations (OCI image-spec v1.1, config.md), as far as Lading reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from lading.foundation import strict_json
from lading.foundation.errors import Malformed
from lading.oci.descriptor import Platform
from lading.oci.digest import Digest

MAX_CONFIG_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """One step of the build, as the builder recorded it; ``empty_layer`` steps made no layer."""

    created_by: str
    created: str
    comment: str
    empty_layer: bool


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """How an image runs and what its layers are.

    ``user`` is empty where the image names none, which means root. ``diff_ids`` are the digests of the
    uncompressed layers, lowest first.
    """

    platform: Platform
    created: str
    user: str
    env: tuple[str, ...]
    entrypoint: tuple[str, ...]
    cmd: tuple[str, ...]
    working_dir: str
    exposed_ports: tuple[str, ...]
    volumes: tuple[str, ...]
    labels: Mapping[str, str]
    diff_ids: tuple[Digest, ...]
    history: tuple[HistoryStep, ...]

    def layer_steps(self) -> tuple[HistoryStep | None, ...]:
        """The step that made each layer, in layer order; None where the history does not account for it."""
        made = [step for step in self.history if not step.empty_layer]
        if len(made) != len(self.diff_ids):
            return (None,) * len(self.diff_ids)
        return tuple(made)


def parse_config(raw: bytes) -> ImageConfig:
    """Read an image configuration; raise Malformed or OverLimit."""
    document = strict_json.decode_object(raw, what="image config", max_bytes=MAX_CONFIG_BYTES)
    execution = _object(document, "config")
    rootfs = _object(document, "rootfs")
    return ImageConfig(
        platform=Platform(
            os=_text(document, "os"),
            architecture=_text(document, "architecture"),
            variant=_text(document, "variant"),
            os_version=_text(document, "os.version"),
        ),
        created=_text(document, "created"),
        user=_text(execution, "User"),
        env=_texts(execution, "Env"),
        entrypoint=_texts(execution, "Entrypoint"),
        cmd=_texts(execution, "Cmd"),
        working_dir=_text(execution, "WorkingDir"),
        exposed_ports=tuple(sorted(_object(execution, "ExposedPorts"))),
        volumes=tuple(sorted(_object(execution, "Volumes"))),
        labels=MappingProxyType({key: str(value) for key, value in _object(execution, "Labels").items()}),
        diff_ids=tuple(Digest.parse(text) for text in _texts(rootfs, "diff_ids")),
        history=_history(document.get("history")),
    )


def _history(value: object) -> tuple[HistoryStep, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(step, dict) for step in value):
        raise Malformed("config-invalid", "history must be a list of objects")
    return tuple(
        HistoryStep(
            created_by=_text(step, "created_by"),
            created=_text(step, "created"),
            comment=_text(step, "comment"),
            empty_layer=step.get("empty_layer") is True,
        )
        for step in value
    )


def _object(document: Mapping[str, Any], member: str) -> dict[str, Any]:
    value = document.get(member)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Malformed("config-invalid", f"{member} must be an object")
    return value


def _text(document: Mapping[str, Any], member: str) -> str:
    value = document.get(member)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Malformed("config-invalid", f"{member} must be a string")
    return value


def _texts(document: Mapping[str, Any], member: str) -> tuple[str, ...]:
    value = document.get(member)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Malformed("config-invalid", f"{member} must be a list of strings")
    return tuple(value)
