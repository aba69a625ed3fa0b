"""Proofs over layers that are made on the spot."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lading.cataloging.layer import Analyser
from lading.cataloging.layer_bindings import decode as decode_bindings
from lading.image.file_list import decode as decode_files
from lading.lineage.base_change import BaseChange
from lading.lineage.proof import Allowances, AppSide, PlatformProof, Side, prove
from lading.lineage.stack import Stack, stack_of
from lading.oci.digest import Digest
from tests.support.layers import LayerBuilder

PLATFORM = "linux/amd64"


@dataclass
class Made:
    """An image of layers: lowest first."""

    name: str
    layers: Sequence[LayerBuilder]
    config: Mapping[str, Any] = field(default_factory=dict)
    steps: Sequence[str] = ()

    def __post_init__(self) -> None:
        tars = [layer.tar() for layer in self.layers]
        self.diff_ids = [Digest.of(tar) for tar in tars]
        analyses = [
            Analyser().analyse(diff_id, lambda tar=tar: io.BytesIO(tar))  # type: ignore[misc] # mypy: lambda defaults
            for diff_id, tar in zip(self.diff_ids, tars, strict=True)
        ]
        self.files = [decode_files(analysis.files) for analysis in analyses]
        self.bindings = [decode_bindings(analysis.bindings) for analysis in analyses]

    def side(self) -> Side:
        made_by = [*self.steps, *("RUN x" for _ in self.layers)][: len(self.layers)]
        config = {
            "os": "linux",
            "architecture": "amd64",
            "config": dict(self.config),
            "rootfs": {"type": "layers", "diff_ids": [str(each) for each in self.diff_ids]},
            "history": [{"created_by": step} for step in made_by],
        }
        manifest = Digest.of(json.dumps(config).encode())
        return Side(self.name, manifest, PLATFORM, tuple(self.diff_ids), config, None, ())

    def stack(self) -> Stack:
        return stack_of(self.files, self.bindings)


def proof_of(
    old: Made,
    app: Sequence[LayerBuilder],
    new: Made,
    *,
    steps: Sequence[str] = (),
    stands_on: Made | None = None,
    **config: Any,
) -> PlatformProof:
    """Prove that the layers ``app`` may stand on ``new`` where they stood on ``old``, or say they do."""
    made = Made("the image", app)
    own = [*steps, *("RUN x" for _ in app)][: len(app)]
    whole = Made("the image", (), {**old.config, **config})
    side = whole.side()
    diff_ids = (*(stands_on or old).diff_ids, *made.diff_ids)
    document = {
        **side.config,
        "rootfs": {"type": "layers", "diff_ids": [str(each) for each in diff_ids]},
        "history": [{"created_by": step} for step in ("RUN x",) * len(old.layers)]
        + [{"created_by": step} for step in own],
    }
    image = Side("the image", side.manifest, PLATFORM, tuple(diff_ids), document, None, ())
    asked = AppSide(image, tuple(made.files), tuple(made.bindings), tuple(own))
    change = BaseChange(old.stack(), new.stack())
    return prove(
        asked, old.side(), new.side(), change, allow=Allowances(), created="2026-01-01T00:00:00Z", note="n"
    )


def refusals(proof: PlatformProof) -> set[tuple[str, str]]:
    """(rule, path) of everything that refuses it, or that could not be found out."""
    return {(str(one.rule), one.path) for one in proof.remarks if one.weight != "note"}
