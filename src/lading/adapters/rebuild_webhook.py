"""Asking a pipeline to build an image again: one POST of JSON, which any CI system can be triggered by."""

import httpx

from lading.campaigns.campaign import Campaign, Item
from lading.foundation.errors import Upstream

_SECONDS = 20.0


def ask_by_webhook(url: str, campaign: Campaign, item: Item) -> str:
    """Ask; returns what was asked, empty where there is no URL. Raises Upstream where it is not taken."""
    if not url:
        return ""
    body = {
        "campaign": campaign.id,
        "title": campaign.title,
        "reason": campaign.reason,
        "repository": item.repository,
        "image": str(item.image),
        "tags": list(item.tags),
        "base": item.onto,
        "why": item.why,
        "team": item.team,
    }
    try:
        answer = httpx.post(url, json=body, timeout=_SECONDS)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise Upstream("pipeline-unreachable", f"the pipeline was not triggered: {error}") from error
    return f"the pipeline was asked to build it again{f' on {item.onto}' if item.onto else ''}"
