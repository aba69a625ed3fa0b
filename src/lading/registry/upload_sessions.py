"""The names of uploads.

An upload needs no record: its session id is random and long enough never to be guessed, and the store knows
it by a key that is made of the session *and* the repository. So a session that is used on another repository
does not exist there, and there is nothing to write but the bytes.
"""

import hashlib
import re

from lading.foundation.errors import NotFound

_SESSION = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")  # RFC 9562


def upload_key(repository: str, session: str) -> str:
    """Give the id under which the blob store knows this session of this repository.

    ``session`` is a random UUID (distribution-spec v1.1, "POST then PUT"). Raises NotFound for what cannot
    be the id of a session.
    """
    if not _SESSION.match(session):
        raise NotFound("upload-unknown", "there is no such upload: it ended, or never began")
    return hashlib.sha256(f"{repository}\n{session}".encode()).hexdigest()
