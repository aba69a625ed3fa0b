"""Certificate authorities of tests, and a timestamp authority that openssl runs."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2027, 1, 1, tzinfo=UTC)
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def name(common: str, organization: str = "Acme") -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
            x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, "BE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


@dataclass
class Authority:
    """A certificate that issues others."""

    common: str = "Acme Root"
    issuer: "Authority | None" = None
    start: datetime = START - timedelta(days=365)
    end: datetime = END + timedelta(days=3650)
    path_length: int | None = None
    constraints: x509.NameConstraints | None = None
    purpose: ObjectIdentifier | None = None
    key: Key = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def __post_init__(self) -> None:
        builder = _builder(name(self.common), self.issuer or self, self.key, (self.start, self.end))
        usage = key_usage(key_cert_sign=True, crl_sign=True)
        constraints = x509.BasicConstraints(ca=True, path_length=self.path_length)
        builder = builder.add_extension(constraints, critical=True).add_extension(usage, critical=True)
        if self.purpose is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage([self.purpose]), critical=False)
        if self.constraints is not None:
            builder = builder.add_extension(self.constraints, critical=True)
        self.certificate = builder.sign((self.issuer or self).key, hashes.SHA256())

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    def issue(
        self,
        common: str = "build",
        *,
        key: Key | None = None,
        organization: str = "Acme",
        start: datetime = START,
        end: datetime = END,
        purpose: ObjectIdentifier | None = ExtendedKeyUsageOID.CODE_SIGNING,
        signs: bool = True,
        host: str = "",
        critical_purpose: bool = False,
    ) -> "Holder":
        own = key or ec.generate_private_key(ec.SECP256R1())
        builder = _builder(name(common, organization), self, own, (start, end))
        builder = builder.add_extension(
            key_usage(digital_signature=signs, key_agreement=not signs), critical=True
        )
        if purpose is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=critical_purpose)
        if host:
            names = x509.SubjectAlternativeName([x509.DNSName(host)])
            builder = builder.add_extension(names, critical=False)
        leaf = builder.sign(self.key, hashes.SHA256())
        chain = [leaf]
        authority: Authority | None = self
        while authority is not None and authority.issuer is not None:
            chain.append(authority.certificate)
            authority = authority.issuer
        if authority is not None:
            chain.append(authority.certificate)
        return Holder(own, chain)


@dataclass
class Holder:
    """A key with the chain of its certificate, its own first."""

    key: Key
    chain: list[x509.Certificate]

    @property
    def ders(self) -> list[bytes]:
        return [certificate.public_bytes(Encoding.DER) for certificate in self.chain]

    @property
    def pem(self) -> str:
        return "".join(certificate.public_bytes(Encoding.PEM).decode() for certificate in self.chain)

    def sign(self, message: bytes) -> bytes:
        assert isinstance(self.key, ec.EllipticCurvePrivateKey)
        wide = isinstance(self.key.curve, ec.SECP384R1)
        return self.key.sign(message, ec.ECDSA(hashes.SHA384() if wide else hashes.SHA256()))


def _builder(
    subject: x509.Name, issuer: Authority, key: Key, dates: tuple[datetime, datetime]
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(name(issuer.common))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(dates[0])
        .not_valid_after(dates[1])
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False
        )
    )


def key_usage(**given: bool) -> x509.KeyUsage:
    every = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
        *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{**dict.fromkeys(every, False), **given})


def openssl_tsa(folder: Path, *, common: str = "Acme TSA") -> tuple[Callable[[bytes], bytes], str]:
    """A timestamp authority of openssl's own: what stamps a message, and the PEM of its root."""
    root = Authority(f"{common} Root", start=START - timedelta(days=3650))
    holder = root.issue(
        common,
        key=rsa.generate_private_key(65537, 3072),
        start=START - timedelta(days=3000),
        end=END + timedelta(days=3000),
        purpose=ExtendedKeyUsageOID.TIME_STAMPING,
        critical_purpose=True,
    )
    (folder / "tsa.key").write_bytes(
        holder.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    (folder / "tsa.pem").write_bytes(holder.chain[0].public_bytes(Encoding.PEM))
    (folder / "serial").write_text("01\n")
    (folder / "tsa.cnf").write_text(
        f"[tsa]\nserial={folder}/serial\nsigner_cert={folder}/tsa.pem\nsigner_key={folder}/tsa.key\n"
        "signer_digest=sha256\ndefault_policy=1.2.3.4.1\ndigests=sha256,sha384,sha512\naccuracy=secs:1\n"
        "ordering=yes\ntsa_name=yes\ness_cert_id_chain=no\ness_cert_id_alg=sha256\n"
    )

    def stamp(message: bytes) -> bytes:
        (folder / "data").write_bytes(message)
        query = ["openssl", "ts", "-query", "-data", f"{folder}/data", "-sha256", "-cert", "-out"]
        subprocess.run([*query, f"{folder}/query.tsq"], check=True, capture_output=True)
        reply = ["openssl", "ts", "-reply", "-config", f"{folder}/tsa.cnf", "-section", "tsa"]
        files = ["-queryfile", f"{folder}/query.tsq", "-out", f"{folder}/answer.tsr"]
        subprocess.run([*reply, *files], check=True, capture_output=True)
        return (folder / "answer.tsr").read_bytes()

    return stamp, root.pem
