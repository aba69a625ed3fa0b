"""Images and containers of a Docker or Podman engine on this machine, by what the engine exports."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from lading.adapters.sources.blob_files import BlobFiles, Piece
from lading.adapters.sources.docker_archive import open_archive
from lading.adapters.sources.made_image import image_of_layer
from lading.foundation.errors import NotFound, Upstream
from lading.oci.descriptor import Platform
from lading.oci.digest import Digest
from lading.ports.image_source import OpenedImage, SourceKind

_API = "/v1.24"
_SECONDS = 600.0  # until an engine begins to export; a large image is written out first
_CONFIG = ("User", "Env", "Entrypoint", "Cmd", "WorkingDir", "ExposedPorts", "Volumes", "Labels")


class EngineSource:
    """One engine behind one socket."""

    def __init__(self, socket: str, kind: SourceKind, transport: httpx.BaseTransport | None = None) -> None:
        self._kind = kind
        self._socket = socket.removeprefix("unix://")
        self._client = httpx.Client(
            transport=transport or httpx.HTTPTransport(uds=self._socket),
            base_url="http://engine",
            timeout=_SECONDS,
        )

    def close(self) -> None:
        """Let go of the socket."""
        self._client.close()

    def open_image(self, name: str, platform: Platform, blobs: BlobFiles) -> OpenedImage:
        """Open an image by name or id. Raises NotFound ``image-unknown`` and Upstream."""
        path = blobs.new_file()
        self._download(f"/images/{quote(name, safe='/:@')}/get", path, f"the image {name}")
        opened = open_archive(path, platform, blobs)
        if opened is None:
            raise Upstream("engine-nonsense", f"what the engine exported of {name} is no archive of an image")
        return OpenedImage(name, self._kind, opened.manifest, opened.media_type, opened.blobs)

    def open_container(self, name: str, blobs: BlobFiles) -> OpenedImage:
        """Open the file system of a container as it is now. Raises NotFound ``container-unknown``."""
        details = self._inspect(name)
        path = blobs.new_file()
        digest, size = self._download(
            f"/containers/{quote(name, safe='')}/export", path, f"the container {name}"
        )
        blobs.add(digest, Piece(path))
        config = details.get("Config")
        known = {key: config[key] for key in _CONFIG if config.get(key)} if isinstance(config, dict) else {}
        return image_of_layer(name, SourceKind.CONTAINER, blobs, (digest, size), {"config": known})

    def _inspect(self, name: str) -> Mapping[str, Any]:
        try:
            answer = self._client.get(f"{_API}/containers/{quote(name, safe='')}/json")
            document = answer.json()
        except (httpx.HTTPError, ValueError, OSError) as error:
            raise self._unreachable(error) from error
        if answer.status_code == 404:
            raise NotFound("container-unknown", f"the engine at {self._socket} has no container {name}")
        if answer.status_code != 200 or not isinstance(document, dict):
            raise Upstream("engine-nonsense", f"the engine answered {answer.status_code} about {name}")
        return document

    def _download(self, path: str, to: Path, what: str) -> tuple[Digest, int]:
        running, size = hashlib.sha256(), 0
        try:
            with self._client.stream("GET", _API + path) as answer, to.open("wb") as file:
                if answer.status_code == 404:
                    raise NotFound("image-unknown", f"the engine at {self._socket} does not have {what}")
                if answer.status_code != 200:
                    raise Upstream("engine-nonsense", f"the engine answered {answer.status_code} for {what}")
                for chunk in answer.iter_raw():
                    running.update(chunk)
                    size += file.write(chunk)
        except (httpx.HTTPError, OSError) as error:
            raise self._unreachable(error) from error
        return Digest("sha256", running.hexdigest()), size

    def _unreachable(self, error: Exception) -> Upstream:
        return Upstream(
            "engine-unreachable",
            f"the container engine at {self._socket} does not answer: {error}",
            hint="is it running, and may this user open the socket?",
        )
