"""Layers of one image: what each brought, what it hides, what could not be read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lading.advisories.advisory import Severity
from lading.cataloging.analysis import BakedSecret, Unreadable
from lading.cataloging.secrets.all_kinds import rotation_of, title_of
from lading.cataloging.secrets.in_config import ConfigSecret
from lading.console.links import image_link, list_link
from lading.console.views.badges import SEVERITIES
from lading.console.views.image_header import ImageHeader
from lading.ports.records.contents import ImageLayer
from lading.workflows.rank_findings import RankedFinding


@dataclass(frozen=True, slots=True)
class UnreadableRow:
    """Something seen and not understood."""

    layer: int
    path: str
    cataloger: str
    reason: str


@dataclass(frozen=True, slots=True)
class LayerRow:
    """One layer, and what it brought."""

    index: int
    step: str
    diff_id: str
    size: int  # bytes
    packages: int
    packages_link: str
    findings: int
    worst: Severity | None
    findings_link: str
    secrets: int


@dataclass(frozen=True, slots=True)
class LayersView:
    """Layers, the newest first, as they stand on each other."""

    header: ImageHeader
    rows: tuple[LayerRow, ...]
    unreadable: tuple[UnreadableRow, ...]
    secrets_link: str


@dataclass(frozen=True, slots=True)
class SecretRow:
    """A credential that ships with the image; ``layer`` is -1 for one of the configuration."""

    kind: str
    rotate: str  # what to do about it
    path: str
    line: int
    excerpt: str
    layer: int
    layer_link: str
    step: str
    deleted_by: int | None


@dataclass(frozen=True, slots=True)
class SecretsView:
    """Secrets of all layers."""

    header: ImageHeader
    rows: tuple[SecretRow, ...]
    unknown: bool  # whether the layers have not been read


def layer_rows(
    layers: Iterable[ImageLayer],
    *,
    repository: str,
    digest: str,
    packages: Mapping[int, int],
    findings: Iterable[RankedFinding],
    secrets: Iterable[BakedSecret],
) -> tuple[LayerRow, ...]:
    """Make the rows, the newest first. ``packages`` are numbers by layer."""
    by_layer: dict[int, list[Severity]] = {}
    for ranked in findings:
        finding = ranked.finding
        by_layer.setdefault(finding.installed.layer, []).append(finding.match.severity)
    holding = [secret.layer for secret in secrets]
    rows = [
        LayerRow(
            index=index,
            step=layer.step,
            diff_id=str(layer.diff_id),
            size=layer.size,
            packages=packages.get(index, 0),
            packages_link=list_link(image_link(repository, digest, "packages"), layer=str(index)),
            findings=len(by_layer.get(index, ())),
            worst=min(by_layer[index], key=SEVERITIES.index) if index in by_layer else None,
            findings_link=list_link(image_link(repository, digest, "findings"), layer=str(index)),
            secrets=holding.count(index),
        )
        for index, layer in enumerate(layers)
    ]
    return tuple(reversed(rows))


def unreadable_rows(unreadable: Iterable[tuple[int, Unreadable]]) -> tuple[UnreadableRow, ...]:
    """Make the rows of what was not understood, by layer and path."""
    ordered = sorted(unreadable, key=lambda place: (place[0], place[1].path))
    return tuple(UnreadableRow(layer, it.path, it.cataloger, it.reason) for layer, it in ordered)


def secret_rows(
    secrets: Iterable[BakedSecret],
    in_config: Iterable[ConfigSecret],
    layers: tuple[ImageLayer, ...],
    repository: str,
    digest: str,
) -> tuple[SecretRow, ...]:
    """Make the rows of secrets: those of the configuration, then by layer and path."""
    link = image_link(repository, digest, "layers")
    ordered = sorted(secrets, key=lambda baked: (baked.layer, baked.secret.path, baked.secret.line))
    of_config = (
        SecretRow(
            kind=title_of(secret.kind),
            rotate=rotation_of(secret.kind),
            path=secret.place,
            line=0,
            excerpt=secret.excerpt,
            layer=-1,
            layer_link="",
            step="",
            deleted_by=None,
        )
        for secret in in_config
    )
    of_layers = (
        SecretRow(
            kind=title_of(baked.secret.kind),
            rotate=rotation_of(baked.secret.kind),
            path=baked.secret.path,
            line=baked.secret.line,
            excerpt=baked.secret.excerpt,
            layer=baked.layer,
            layer_link=f"{link}#layer-{baked.layer}",
            step=layers[baked.layer].step if baked.layer < len(layers) else "",
            deleted_by=baked.deleted_by,
        )
        for baked in ordered
    )
    return (*of_config, *of_layers)
