"""Whether the first wave has shown so much trouble that a campaign is to stop by itself.

What counts as trouble of a canary, each with where it is seen:

1. making its new image failed: the pipeline could not be asked, or a step broke off;
2. it was rolled back: the new image ran, and only the old one runs now (what agents report);
3. a gate denies its new image, and says why (the newest decision on it).

That a rebase is refused is no trouble: the proof did what it is for, and the next method takes its place.
"""

from collections.abc import Mapping, Sequence

from lading.campaigns.campaign import Item, ItemState
from lading.oci.digest import Digest

MAY_FAIL = 0.2  # of the canaries that were begun


def why_to_stop(first_wave: Sequence[Item], denied: Mapping[Digest, str]) -> str:
    """Say what went wrong where too much did; empty where the campaign may go on.

    ``denied`` has what a gate said of each new image that it denies.
    """
    begun = [item for item in first_wave if item.state not in (ItemState.PLANNED, ItemState.EXCLUDED)]
    troubles = [why for item in begun if (why := _trouble(item, denied))]
    if not begun or len(troubles) / len(begun) <= MAY_FAIL:
        return ""
    return f"{len(troubles)} of {len(begun)} in the first wave failed: {troubles[0]}"


def _trouble(item: Item, denied: Mapping[Digest, str]) -> str:
    if item.state is ItemState.FAILED:
        return f"{item.repository}: {item.note}"
    said = denied.get(item.new_image, "") if item.new_image is not None else ""
    if item.state is ItemState.MADE and said:
        return f"{item.repository}: its new image is denied: {said}"
    return ""
