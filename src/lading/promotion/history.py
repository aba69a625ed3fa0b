"""What an environment had before, told by its promotions."""

from collections.abc import Iterable

from lading.oci.digest import Digest
from lading.promotion.promotion import Promotion, PromotionKind, PromotionState


def held_digests(promotions: Iterable[Promotion]) -> tuple[Digest, ...]:
    """Give the digests that one environment has had of one repository, the one that it has now last.

    ``promotions`` are all of that environment and repository, oldest first. A rollback takes away what came
    after the digest that it went back to: rolling back twice goes back two steps, and never forward again.
    """
    held: list[Digest] = []
    for promotion in promotions:
        if promotion.state is not PromotionState.DONE:
            continue
        if promotion.kind is PromotionKind.ROLLBACK and promotion.digest in held:
            last = len(held) - held[::-1].index(promotion.digest)
            held = held[:last]
        else:
            held.append(promotion.digest)
    return tuple(held)
