"""LDAP servers that lie, stall, or send what is none: a bounded wait, a clear error, and no sign-in."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import sansldap

from lading.access.ldap import LdapDirectory
from lading.adapters import ldap_connection
from lading.adapters.ldap_directory import LdapPeople
from lading.foundation.errors import Upstream
from lading.ports.password_directory import NotThere

Talk = Callable[[socket.socket], None]


@contextmanager
def server(talk: Talk) -> Iterator[LdapDirectory]:
    """A server that talks to each who comes."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                peer, _ = listening.accept()
            except OSError:
                return
            with peer:
                peer.settimeout(5)
                try:
                    talk(peer)
                except OSError:
                    continue

    thread = threading.Thread(target=serve)
    thread.start()
    port = listening.getsockname()[1]
    try:
        yield LdapDirectory(
            "ad", "AD", "127.0.0.1", port, tls=False, start_tls=False, base="dc=example", seconds=1
        )
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


def answering(*answers: Callable[[sansldap.LDAPServer, sansldap.LDAPMessage], None]) -> Talk:
    """Answer each request in turn with what sansldap's server side packs."""

    def talk(peer: socket.socket) -> None:
        session = sansldap.LDAPServer()
        for answer in answers:
            for request in session.receive(peer.recv(64 << 10)):
                answer(session, request)
            peer.sendall(session.data_to_send())

    return talk


def _entries(count: int) -> Callable[[sansldap.LDAPServer, sansldap.LDAPMessage], None]:
    def answer(session: sansldap.LDAPServer, request: sansldap.LDAPMessage) -> None:
        for number in range(count):
            name = sansldap.PartialAttribute("uid", [b"ann"])
            session.search_result_entry(request.message_id, f"uid=ann,ou={number}", [name])
        session.search_result_done(request.message_id)

    return answer


def test_a_server_that_never_answers_is_not_waited_for() -> None:
    with server(lambda peer: time.sleep(3)) as directory:
        began = time.monotonic()
        with pytest.raises(Upstream) as refused:
            LdapPeople(directory).check("ann", "password")
        assert time.monotonic() - began < 2.5
        assert refused.value.code == "directory-away"


def test_a_server_that_answers_a_byte_at_a_time_is_not_waited_for_longer() -> None:
    def drip(peer: socket.socket) -> None:
        for byte in b"\x30\x84\x00\x00\x10\x00" + b"\x00" * 50:
            peer.sendall(bytes([byte]))
            time.sleep(0.3)

    with server(drip) as directory:
        began = time.monotonic()
        with pytest.raises(Upstream):
            LdapPeople(directory).check("ann", "password")
        assert time.monotonic() - began < 2.5


@pytest.mark.parametrize(
    "content",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"",
        b"\x30",
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x80" * 5000,
        b"\x30\x0c\x02\x01\x07\x61\x07\x0a\x01\x00\x04\x00\x04\x00",  # success, to what was not asked
        b"\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00",  # success of a bind, to a search
        bytes(range(256)) * 10,
    ],
)
def test_what_is_no_answer_is_an_error_and_never_a_sign_in(content: bytes) -> None:
    def talk(peer: socket.socket) -> None:
        peer.recv(64 << 10)
        peer.sendall(content)

    with server(talk) as directory, pytest.raises(Upstream):
        LdapPeople(directory).check("ann", "password")


def test_an_endless_answer_ends_with_the_limit() -> None:
    def talk(peer: socket.socket) -> None:
        peer.recv(64 << 10)
        session = sansldap.LDAPServer()
        session.receive(_SEARCH)
        until = time.monotonic() + 4
        while time.monotonic() < until:
            session.search_result_entry(1, "uid=ann", [sansldap.PartialAttribute("uid", [b"x" * 60_000])])
            peer.sendall(session.data_to_send())

    with server(talk) as directory, pytest.raises(Upstream) as refused:
        LdapPeople(directory).check("ann", "password")
    assert str(ldap_connection.MOST) in refused.value.message or "within" in refused.value.message


def test_two_entries_of_one_name_are_nobody_also_where_the_server_ignores_the_limit() -> None:
    for count in (0, 2, 300):
        refuses = answering(_entries(count))

        def talk(peer: socket.socket, searching: Talk = refuses) -> None:
            first = peer.recv(64 << 10, socket.MSG_PEEK)
            if b"ann" in first and b"objectClass" in first:
                searching(peer)
                return
            answering(_refused_bind)(peer)

        with server(_threaded(talk)) as directory:
            assert LdapPeople(directory).check("ann", "password") == NotThere()


def _refused_bind(session: sansldap.LDAPServer, request: sansldap.LDAPMessage) -> None:
    session.bind_response(request.message_id, result_code=sansldap.LDAPResultCode.INVALID_CREDENTIALS)


def _threaded(talk: Talk) -> Talk:
    """Two conversations go on at once: one looks for people, one proves the password."""

    def spawn(peer: socket.socket) -> None:
        own = peer.dup()

        def run() -> None:
            with own:
                own.settimeout(5)
                talk(own)
                own.settimeout(2)
                try:
                    own.recv(1)  # until the other side ends it
                except OSError:
                    return

        threading.Thread(target=run).start()

    return spawn


_client = sansldap.LDAPClient()
_client.search_request("dc=example")
_SEARCH = _client.data_to_send()
