"""One conversation with an LDAP server (RFC 4511), over a socket; the protocol is sansldap's.

Every answer is waited for no longer than the directory's seconds, and all answers together have MOST bytes.
References to other servers are not followed: they could lead anywhere, with the password.
"""

import socket
import ssl
import time
from collections.abc import Sequence
from types import TracebackType
from typing import TypeVar

import sansldap

from lading.access.ldap import LdapDirectory, LdapEntry
from lading.foundation.errors import Upstream

MOST = 16 << 20  # bytes
_START_TLS = sansldap.ExtendedOperations.LDAP_START_TLS.value

M = TypeVar("M", bound=sansldap.LDAPMessage)


class LdapConnection:
    """A conversation, ended at the end of a ``with`` block. Raises Upstream ``directory-away``."""

    def __init__(self, directory: LdapDirectory) -> None:
        self._directory = directory
        self._session = sansldap.LDAPClient()
        self._waiting: list[sansldap.LDAPMessage] = []
        self._received = 0
        try:
            self._socket = self._open()
        except (OSError, ssl.SSLError) as error:
            raise self._away(f"cannot be reached: {error}") from error

    def __enter__(self) -> "LdapConnection":
        if self._directory.start_tls:
            try:
                self._start_tls()
            except BaseException:
                self._socket.close()
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def bind(self, name: str, password: str) -> bool:
        """Prove who one is; False where the directory does not believe it."""
        self._session.bind_simple(name, password)
        code = self._answer(sansldap.BindResponse).result.result_code
        if code == sansldap.LDAPResultCode.SUCCESS:
            return True
        refused = {
            sansldap.LDAPResultCode.INVALID_CREDENTIALS,
            sansldap.LDAPResultCode.INVALID_DN_SYNTAX,
            sansldap.LDAPResultCode.NO_SUCH_OBJECT,
            sansldap.LDAPResultCode.INAPPROPRIATE_AUTHENTICATION,
        }
        if code in refused:
            return False
        raise self._away(f"answered a bind with {code.name}")

    def search(
        self,
        base: str,
        wanted: sansldap.LDAPFilter,
        attributes: Sequence[str],
        *,
        most: int,
        only_base: bool = False,
    ) -> list[LdapEntry]:
        """Find at most ``most`` entries; more of them are an Upstream error, except where ``most`` is 2."""
        self._session.search_request(
            base,
            scope=sansldap.SearchScope.BASE if only_base else sansldap.SearchScope.SUBTREE,
            size_limit=most,
            time_limit=self._directory.seconds,
            filter=wanted,
            attributes=list(attributes),
        )
        found: list[LdapEntry] = []
        while True:
            message = self._next()
            if isinstance(message, sansldap.SearchResultEntry):
                found.append(_entry(message))
            elif isinstance(message, sansldap.SearchResultDone):
                self._check_done(message.result.result_code, len(found), most)
                return found

    def _check_done(self, code: sansldap.LDAPResultCode, found: int, most: int) -> None:
        codes = sansldap.LDAPResultCode
        if code in {codes.SUCCESS, codes.NO_SUCH_OBJECT, codes.REFERRAL}:
            return
        if code == codes.SIZE_LIMIT_EXCEEDED and found >= most:
            return
        raise self._away(f"answered a search with {code.name}")

    def _open(self) -> socket.socket:
        directory = self._directory
        plain = socket.create_connection((directory.host, directory.port), timeout=directory.seconds)
        if not directory.tls:
            return plain
        return self._secured(plain)

    def _start_tls(self) -> None:
        """StartTLS (RFC 4511, 4.14): what came before TLS was agreed is thrown away with the old session."""
        self._session.extended_request(_START_TLS)
        code = self._answer(sansldap.ExtendedResponse).result.result_code
        if code != sansldap.LDAPResultCode.SUCCESS or self._waiting:
            raise self._away("does not take StartTLS")
        try:
            self._socket = self._secured(self._socket)
        except (OSError, ssl.SSLError) as error:
            raise self._away(f"has no TLS to trust: {error}") from error

    def _secured(self, plain: socket.socket) -> socket.socket:
        try:
            context = ssl.create_default_context(cafile=self._directory.ca_file or None)
            return context.wrap_socket(plain, server_hostname=self._directory.host)
        except BaseException:
            plain.close()
            raise

    def _answer(self, kind: type[M]) -> M:
        message = self._next()
        if not isinstance(message, kind):
            raise self._away(f"answered with {type(message).__name__}")
        return message

    def _next(self) -> sansldap.LDAPMessage:
        until = time.monotonic() + self._directory.seconds
        try:
            if sending := self._session.data_to_send():
                self._socket.sendall(sending)
            while not self._waiting:
                left = until - time.monotonic()
                if left <= 0:
                    raise self._away(f"did not answer within {self._directory.seconds} s")
                self._socket.settimeout(left)
                self._take(self._socket.recv(64 << 10))
        except (OSError, sansldap.LDAPError, ValueError) as error:
            raise self._away(f"answered nonsense or not at all: {type(error).__name__}") from error
        return self._waiting.pop(0)

    def _take(self, content: bytes) -> None:
        self._received += len(content)
        if not content:
            raise self._away("ended the conversation")
        if self._received > MOST:
            raise self._away(f"answered more than {MOST} bytes")
        self._waiting.extend(self._session.receive(content))

    def _away(self, what: str) -> Upstream:
        """The error for a directory that could not be asked; never quotes what was asked."""
        return Upstream(
            "directory-away",
            f"the directory {self._directory.name} {what}",
            hint="sessions, personal tokens and robots go on; passwords of that directory cannot be checked",
        )


def _entry(message: sansldap.SearchResultEntry) -> LdapEntry:
    attributes = {each.name.partition(";")[0].lower(): tuple(each.values) for each in message.attributes}
    return LdapEntry(message.object_name, attributes)
