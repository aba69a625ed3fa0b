"""A real slapd on free ports of this machine, with people, groups within groups, and TLS."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

BASE = "dc=example,dc=com"
READER, READER_PASSWORD = f"cn=reader,{BASE}", "a reader's password"
PASSWORD = "ann's own four words"
_SCHEMAS = Path("/etc/ldap/schema")
_MODULES = Path("/usr/lib/ldap")

_ENTRIES = f"""
dn: {BASE}
objectClass: domain
dc: example

dn: {READER}
objectClass: person
cn: reader
sn: reader
userPassword: {READER_PASSWORD}

dn: ou=people,{BASE}
objectClass: organizationalUnit
ou: people

dn: uid=ann,ou=people,{BASE}
objectClass: inetOrgPerson
uid: ann
cn: Ann
sn: A
mail: ann@example.com
userPassword: {PASSWORD}

dn: cn=Ben (Ops)\\, *,ou=people,{BASE}
objectClass: inetOrgPerson
uid: ben
cn: Ben (Ops), *
sn: B
userPassword: {PASSWORD}

dn: uid=twin,ou=people,{BASE}
objectClass: inetOrgPerson
uid: twin
cn: Twin
sn: T
userPassword: {PASSWORD}

dn: ou=more,{BASE}
objectClass: organizationalUnit
ou: more

dn: uid=twin,ou=more,{BASE}
objectClass: inetOrgPerson
uid: twin
cn: Twin
sn: T
userPassword: {PASSWORD}

dn: ou=groups,{BASE}
objectClass: organizationalUnit
ou: groups

dn: cn=payments,ou=groups,{BASE}
objectClass: groupOfNames
cn: payments
member: uid=ann,ou=people,{BASE}
member: cn=Ben (Ops)\\, *,ou=people,{BASE}

dn: cn=engineers,ou=groups,{BASE}
objectClass: groupOfNames
cn: engineers
member: cn=payments,ou=groups,{BASE}
member: cn=everybody,ou=groups,{BASE}

dn: cn=everybody,ou=groups,{BASE}
objectClass: groupOfNames
cn: everybody
member: cn=engineers,ou=groups,{BASE}

dn: cn=others,ou=groups,{BASE}
objectClass: groupOfNames
cn: others
member: uid=twin,ou=people,{BASE}
"""


@dataclass
class Slapd:
    """A directory under way."""

    folder: Path
    port: int
    tls_port: int
    _process: "subprocess.Popen[bytes] | None" = None

    @property
    def ca_file(self) -> Path:
        """The certificate to trust."""
        return self.folder / "cert.pem"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        urls = f"ldap://127.0.0.1:{self.port}/ ldaps://127.0.0.1:{self.tls_port}/"
        self._process = subprocess.Popen(
            ["slapd", "-f", str(self.folder / "slapd.conf"), "-h", urls, "-d", "0"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        limit = time.monotonic() + 60
        for port in (self.port, self.tls_port):
            while time.monotonic() < limit:
                with suppress(OSError):
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                assert self._process.poll() is None, "slapd ended"
                time.sleep(0.05)

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def change(self, ldif: str) -> None:
        """Change entries as their administrator."""
        self._modify("ldapmodify", ldif)

    def _modify(self, program: str, ldif: str) -> None:
        url = f"ldap://127.0.0.1:{self.port}"
        done = subprocess.run(
            [program, "-x", "-H", url, "-D", f"cn=admin,{BASE}", "-w", "admin"],
            input=ldif.encode(),
            check=False,
            capture_output=True,
        )
        assert done.returncode == 0, done.stderr.decode()

    def fill(self) -> None:
        """Add everybody. Through the server, so that it also writes who is a member of what."""
        self._modify("ldapadd", _ENTRIES.lstrip())


@contextmanager
def serving_slapd(folder: Path) -> Iterator[Slapd]:
    """Run one; skip the test where there is none."""
    if shutil.which("slapd") is None or shutil.which("ldapmodify") is None:
        pytest.skip("slapd and ldap-utils are not installed")
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", "key.pem", "-out", "cert.pem"]
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject, *files]
    subprocess.run(request, cwd=folder, check=True, capture_output=True)
    (folder / "db").mkdir()
    (folder / "slapd.conf").write_text(_configuration(folder))
    port, tls_port = _free_ports(2)
    slapd = Slapd(folder, port, tls_port)
    slapd.start()
    try:
        slapd.fill()
        yield slapd
    finally:
        slapd.stop()


def _configuration(folder: Path) -> str:
    schemas = "\n".join(f"include {_SCHEMAS}/{name}.schema" for name in ("core", "cosine", "inetorgperson"))
    return f"""{schemas}
modulepath {_MODULES}
moduleload back_mdb
moduleload memberof
pidfile {folder}/pid
argsfile {folder}/args
TLSCACertificateFile {folder}/cert.pem
TLSCertificateFile {folder}/cert.pem
TLSCertificateKeyFile {folder}/key.pem
database mdb
suffix "{BASE}"
directory {folder}/db
rootdn "cn=admin,{BASE}"
rootpw admin
overlay memberof
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="{READER}" read by * none
"""


def _free_ports(count: int) -> list[int]:
    held = []
    for _ in range(count):
        one = socket.socket()
        one.bind(("127.0.0.1", 0))
        held.append(one)
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports
