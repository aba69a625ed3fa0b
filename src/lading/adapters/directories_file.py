"""The file of directories that the settings name, and the files of secrets beside it."""

import stat
from dataclasses import replace
from pathlib import Path

from lading.access.directories_file import MAX_FILE_BYTES, Directories, parse_directories, secret_files
from lading.foundation.errors import Malformed

_MOST_SECRET = 4096  # bytes


def read_directories(path: str) -> Directories:
    """Read it. Raises Malformed with the place of what is wrong."""
    beside = Path(path).parent
    text = _text(Path(path), MAX_FILE_BYTES)
    secrets = {name: _secret(beside / name) for name in secret_files(text, path)}
    directories = parse_directories(text, path, secrets)
    openid = tuple(
        replace(each, jwks_file=str(beside / each.jwks_file)) if each.jwks_file else each
        for each in directories.openid
    )
    ldap = tuple(
        replace(each, ca_file=str(beside / each.ca_file)) if each.ca_file else each
        for each in directories.ldap
    )
    return replace(directories, openid=openid, ldap=ldap)


def _secret(path: Path) -> str:
    secret = _text(path, _MOST_SECRET).strip()
    if not secret:
        raise Malformed("directories-invalid", f"{path} holds no secret")
    if path.stat().st_mode & stat.S_IRWXO:
        raise Malformed(
            "secret-readable", f"everybody on this machine may read {path}", hint=f"chmod 640 {path}"
        )
    return secret


def _text(path: Path, most: int) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise Malformed("directories-unreadable", f"{path} cannot be read: {error.strerror}") from error
    if len(content) > most:
        raise Malformed("directories-invalid", f"{path} has more than {most} bytes")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("directories-invalid", f"{path} is not UTF-8") from error
