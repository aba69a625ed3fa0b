"""Chain ids: the identity of a stack of layers, whatever compresses or names them.

OCI image-spec v1.1, config.md, "Layer ChainID"::

    ChainID(L0)          = DiffID(L0)
    ChainID(L0|…|Ln)     = Digest(ChainID(L0|…|Ln-1) + " " + DiffID(Ln))

Two images whose chains begin with the same id have the same files up to there. That needs no annotation, and
nobody can claim it falsely: a layer is checked against its diff id when it is read.
"""

import hashlib
from collections.abc import Sequence

from lading.oci.config import HistoryStep
from lading.oci.digest import Digest


def chain_ids(diff_ids: Sequence[Digest]) -> tuple[Digest, ...]:
    """The chain id of each prefix, the shortest first."""
    ids: list[Digest] = []
    for diff_id in diff_ids:
        ids.append(_joined(ids[-1], diff_id) if ids else _own(diff_id))
    return tuple(ids)


def trailing_steps(history: Sequence[HistoryStep]) -> tuple[str, ...]:
    """What was configured after the last layer, as short digests: tells images of equal layers apart.

    ``FROM base`` and ``CMD serve`` adds no layer. The steps of the base are then the beginning of those of
    the image.
    """
    steps: list[str] = []
    for step in reversed(history):
        if not step.empty_layer:
            break
        steps.append(hashlib.sha256(step.created_by.encode("utf-8", "backslashreplace")).hexdigest()[:16])
    return tuple(reversed(steps))


def _own(diff_id: Digest) -> Digest:
    """The lowest layer stands for itself; one of another algorithm by the digest of its name, so that all
    chain ids have one length."""
    return diff_id if diff_id.algorithm == "sha256" else Digest.of(str(diff_id).encode())


def _joined(below: Digest, diff_id: Digest) -> Digest:
    return Digest("sha256", hashlib.sha256(f"{below} {diff_id}".encode()).hexdigest())
