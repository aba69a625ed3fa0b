"""Proposing changes on GitHub and GitLab, by the parts of their REST APIs that both have kept for years.

A branch is named after the change, so asking twice finds the first proposal (GitHub REST 2022-11-28:
contents, git references, pulls; GitLab REST v4: repository files, commits, merge requests).
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from lading.campaigns.sources import Forge, Proposal, SourcePlace
from lading.foundation.errors import NotFound, Upstream
from lading.ports.rebuilds import MAX_SOURCE

_SECONDS = 20.0
_MAX_ANSWER = 4 << 20  # bytes


class SourceForges:
    """See ``lading.ports.rebuilds.SourceForge``. URLs are those of the APIs, tokens may write to projects."""

    def __init__(self, urls: Mapping[Forge, str], tokens: Mapping[Forge, str]) -> None:
        self._urls = urls
        self._tokens = tokens

    def read(self, place: SourcePlace) -> bytes:
        """The file as it is on its branch."""
        answer = self._ask(place.forge, "GET", _file_path(place), ref=place.branch)
        try:
            content = base64.b64decode(answer["content"])
        except (KeyError, TypeError, binascii.Error) as error:
            raise _nonsense(place.forge) from error
        if len(content) > MAX_SOURCE:
            raise Upstream(
                "source-too-large", f"{place.path} of {place.project} has more than {MAX_SOURCE} bytes"
            )
        return content

    def propose(self, place: SourcePlace, proposal: Proposal) -> str:
        """Propose a change and return its URL."""
        url = self._open(place, proposal)
        if url:
            return url
        if place.forge is Forge.GITHUB:
            return self._on_github(place, proposal)
        return self._on_gitlab(place, proposal)

    def _on_github(self, place: SourcePlace, proposal: Proposal) -> str:
        project = f"/repos/{place.project}"
        head = self._ask(place.forge, "GET", f"{project}/git/ref/heads/{quote(place.branch)}")
        made = {"ref": f"refs/heads/{proposal.branch}", "sha": head.get("object", {}).get("sha", "")}
        # 422: the branch is there, of an attempt that broke off.
        self._ask(place.forge, "POST", f"{project}/git/refs", body=made, allowed=(422,))
        known = self._ask(place.forge, "GET", _file_path(place), ref=proposal.branch)
        if base64.b64decode(known.get("content", "")) != proposal.after:
            change = {
                "message": proposal.title,
                "content": base64.b64encode(proposal.after).decode(),
                "sha": known.get("sha", ""),
                "branch": proposal.branch,
            }
            self._ask(place.forge, "PUT", _file_path(place), body=change)
        pull = {"title": proposal.title, "head": proposal.branch, "base": place.branch, "body": proposal.body}
        return _url(self._ask(place.forge, "POST", f"{project}/pulls", body=pull), "html_url", place.forge)

    def _on_gitlab(self, place: SourcePlace, proposal: Proposal) -> str:
        project = f"/projects/{quote(place.project, safe='')}"
        change = {
            "branch": proposal.branch,
            "start_branch": place.branch,
            "commit_message": proposal.title,
            "actions": [{"action": "update", "file_path": place.path, "content": proposal.after.decode()}],
        }
        # 400: the branch is there, of an attempt that broke off.
        self._ask(place.forge, "POST", f"{project}/repository/commits", body=change, allowed=(400,))
        merge = {
            "source_branch": proposal.branch,
            "target_branch": place.branch,
            "title": proposal.title,
            "description": proposal.body,
            "remove_source_branch": True,
        }
        return _url(
            self._ask(place.forge, "POST", f"{project}/merge_requests", body=merge), "web_url", place.forge
        )

    def _open(self, place: SourcePlace, proposal: Proposal) -> str:
        """The URL of what is proposed already, if it is open."""
        if place.forge is Forge.GITHUB:
            owner = place.project.partition("/")[0]
            path, key = f"/repos/{place.project}/pulls", "html_url"
            query = {"state": "open", "head": f"{owner}:{proposal.branch}"}
        else:
            path, key = f"/projects/{quote(place.project, safe='')}/merge_requests", "web_url"
            query = {"state": "opened", "source_branch": proposal.branch}
        found = self._send(place.forge, "GET", path, query=query)
        if not isinstance(found, list):
            raise _nonsense(place.forge)
        return _url(found[0], key, place.forge) if found else ""

    def _ask(
        self,
        forge: Forge,
        verb: str,
        path: str,
        *,
        body: Mapping[str, object] | None = None,
        allowed: tuple[int, ...] = (),
        **query: str,
    ) -> dict[str, Any]:
        answer = self._send(forge, verb, path, query=query, body=body, allowed=allowed)
        if not isinstance(answer, dict):
            raise _nonsense(forge)
        return answer

    def _send(
        self,
        forge: Forge,
        verb: str,
        path: str,
        *,
        query: Mapping[str, str],
        body: Mapping[str, object] | None = None,
        allowed: tuple[int, ...] = (),
    ) -> Any:
        token = self._tokens.get(forge, "")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"Accept": "application/json"}
        try:
            answer = httpx.request(
                verb, self._urls[forge] + path, params=query, json=body, headers=headers, timeout=_SECONDS
            )
            if answer.status_code == 404:
                raise NotFound(
                    "source-unknown",
                    f"{forge} knows no {path}",
                    hint="patching.sources, and the token's rights",
                )
            if answer.status_code not in allowed:
                answer.raise_for_status()
            if len(answer.content) > _MAX_ANSWER:
                raise _nonsense(forge)
            return answer.json() if answer.content else {}
        except (httpx.HTTPError, ValueError) as error:
            raise Upstream("forge-unreachable", f"{forge} did not take {verb} {path}: {error}") from error


def _file_path(place: SourcePlace) -> str:
    if place.forge is Forge.GITHUB:
        return f"/repos/{place.project}/contents/{quote(place.path)}"
    return f"/projects/{quote(place.project, safe='')}/repository/files/{quote(place.path, safe='')}"


def _url(answer: Any, key: str, forge: Forge) -> str:
    url = answer.get(key) if isinstance(answer, dict) else None
    if not isinstance(url, str) or not url.startswith(("https://", "http://")):
        raise _nonsense(forge)
    return url[:500]


def _nonsense(forge: Forge) -> Upstream:
    return Upstream("forge-nonsense", f"{forge} answered something else than its API says")
