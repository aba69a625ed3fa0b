"""Images pushed by plain HTTP, where a test wants to see each answer."""

import hashlib
import json

import httpx

_OCI = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = b"{}"


def push_image(client: httpx.Client, repository: str, tag: str, content: bytes) -> httpx.Response:
    """Push an image of one layer that is ``content``; give the answer that was not 2xx, or the last."""
    layer, config = (
        {"mediaType": kind, "size": len(part), "digest": f"sha256:{hashlib.sha256(part).hexdigest()}"}
        for kind, part in (
            ("application/vnd.oci.image.layer.v1.tar", content),
            ("application/vnd.oci.image.config.v1+json", _CONFIG),
        )
    )
    for part in (content, _CONFIG):
        pushed = push_blob(client, repository, part)
        if pushed.status_code != 201:
            return pushed
    raw = json.dumps({"schemaVersion": 2, "mediaType": _OCI, "config": config, "layers": [layer]})
    return client.put(f"/v2/{repository}/manifests/{tag}", content=raw, headers={"content-type": _OCI})


def push_blob(client: httpx.Client, repository: str, content: bytes) -> httpx.Response:
    """Push a blob by POST and PUT; give the answer that was not 2xx, or the last."""
    begun = client.post(f"/v2/{repository}/blobs/uploads/")
    if begun.status_code != 202:
        return begun
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    return client.put(begun.headers["location"], params={"digest": digest}, content=content)


def is_whole(client: httpx.Client, repository: str, tag: str, content: bytes) -> bool:
    """Whether the image can be pulled by its tag, with that layer."""
    manifest = client.get(f"/v2/{repository}/manifests/{tag}", headers={"accept": _OCI})
    layer = manifest.raise_for_status().json()["layers"][0]["digest"]
    return client.get(f"/v2/{repository}/blobs/{layer}").raise_for_status().content == content
