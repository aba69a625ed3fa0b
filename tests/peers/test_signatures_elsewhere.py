"""Signatures on the registries of others, copied by the tools of others: `lading verify --trust` agrees."""

import base64
import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.servers import distribution
from lading.adapters.keys_file import open_or_create_signing_key
from lading.adapters.registry_client import RegistryClient
from lading.cli.local_verification import verify_at_registry
from lading.oci import media_types
from lading.oci.digest import Digest
from lading.signing.claims import Subject
from lading.signing.notary import SCHEME_X509
from lading.signing.notary_jws import parse_jws
from lading.signing.trust_policy_file import write_trust_policy
from lading.signing.verdicts import Rejected, Step, Verified
from lading.workflows.sign_image import SignatureForm, SigningPorts, sign_image
from tests.support.certificates import Authority
from tests.support.distribution import ADMIN, disk_registry, serving
from tests.support.registry import ROOT, DrivenRegistry

pytestmark = pytest.mark.peer


def needs(*programs: str) -> None:
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")


def run(folder: Path, *command: str) -> str:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "DOCKER_CONFIG": str(folder),
        "COSIGN_PASSWORD": "pass",
    }
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(params=["docker-registry", "distribution-registry"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    needs(request.param)
    with distribution(tmp_path / "elsewhere", request.param) as server:
        assert server is not None
        yield server.url.removeprefix("http://")


def push_image(host: str, user: str = "", password: str = "") -> Digest:
    config, layer = b'{"architecture":"amd64","os":"linux"}', b"a layer"
    blobs = {Digest.of(blob): blob for blob in (config, layer)}
    manifest = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "config": {
            "mediaType": media_types.OCI_CONFIG,
            "digest": str(Digest.of(config)),
            "size": len(config),
        },
        "layers": [
            {"mediaType": media_types.OCI_LAYER_TAR, "digest": str(Digest.of(layer)), "size": len(layer)}
        ],
    }
    raw = json.dumps(manifest).encode()
    with contextlib.closing(RegistryClient(f"http://{host}", user=user, password=password)) as client:
        return client.push_image("team/app", "1.0", raw, media_types.OCI_MANIFEST, blobs)


def trust_file(folder: Path, pem: str, name: str = "theirs") -> Path:
    from lading.signing.keys import parse_public_key  # noqa: PLC0415

    path = folder / f"{name}.toml"
    path.write_text(write_trust_policy({name: parse_public_key(pem.encode())}))
    return path


def test_what_cosign_signs_on_another_registry_is_verified_there(elsewhere: str, tmp_path: Path) -> None:
    needs("cosign")
    digest = push_image(elsewhere)
    run(tmp_path, "cosign", "generate-key-pair")
    reference = f"{elsewhere}/team/app@{digest}"
    sign = ("cosign", "sign", "--key", "cosign.key", "--tlog-upload=false", "--yes", reference)
    unsigned = verify_at_registry(f"{elsewhere}/team/app:1.0", trust_file(tmp_path, ours(tmp_path)))
    assert unsigned.signatures == Rejected(Step.PRESENT, "there is no signature")
    run(tmp_path, *sign)
    pem = (tmp_path / "cosign.pub").read_text()
    assert isinstance(verify_at_registry(reference, trust_file(tmp_path, pem)).signatures, Verified)
    other = verify_at_registry(reference, trust_file(tmp_path, ours(tmp_path), "other")).signatures
    assert isinstance(other, Rejected)
    assert other.step is Step.SIGNATURE


def ours(folder: Path) -> str:
    return open_or_create_signing_key(folder / "ours.pem", name="ours").public_key.to_pem().decode()


@pytest.mark.parametrize("copier", ["crane", "oras", "regctl"])
def test_signatures_of_lading_survive_copies_by_other_tools(
    elsewhere: str, tmp_path: Path, copier: str
) -> None:
    needs(copier)
    served = disk_registry(tmp_path / "registry")
    registry = DrivenRegistry(served.records, served.blobs)
    signer = open_or_create_signing_key(tmp_path / "ours.pem", name="ours")
    with contextlib.closing(served), serving(served.app) as host:
        auth = base64.b64encode(":".join(ADMIN).encode()).decode()
        (tmp_path / "config.json").write_text(json.dumps({"auths": {host: {"auth": auth}}}))
        digest = push_image(host, *ADMIN)
        ports = SigningPorts(registry.ports, signer, host)
        sign_image(ports, ROOT, Subject("team/app", digest), datetime.now(UTC))
        tag = f"sha256-{digest.hex}.sig"
        source, target = f"{host}/team/app", f"{elsewhere}/team/app"
        if copier == "crane":
            for name in ("1.0", tag):
                run(tmp_path, "crane", "copy", "--insecure", f"{source}:{name}", f"{target}:{name}")
        elif copier == "oras":
            plain = ("--from-plain-http", "--to-plain-http")
            run(tmp_path, "oras", "copy", "--recursive", *plain, f"{source}:1.0", f"{target}:1.0")
        else:
            for name in (host, elsewhere):
                login = ("--user", ADMIN[0], "--pass", ADMIN[1]) if name == host else ()
                run(tmp_path, "regctl", "registry", "set", "--tls", "disabled", name)
                if login:
                    run(tmp_path, "regctl", "registry", "login", *login, name)
            flags = ("--referrers", "--digest-tags")
            run(tmp_path, "regctl", "image", "copy", *flags, f"{source}:1.0", f"{target}:1.0")
        pem = signer.public_key.to_pem().decode()
        verdict = verify_at_registry(f"{target}:1.0", trust_file(tmp_path, pem)).signatures
        assert isinstance(verdict, Verified), verdict
        if copier == "crane":
            needs("cosign")
            options = ("--key", "ours.pub", "--insecure-ignore-tlog=true", "--allow-insecure-registry")
            run(tmp_path, "cosign", "verify", *options, f"{target}@{digest}")


def test_a_notary_signature_of_lading_is_found_and_read_by_oras(tmp_path: Path) -> None:
    needs("oras")
    served = disk_registry(tmp_path / "registry")
    registry = DrivenRegistry(served.records, served.blobs)
    holder = Authority().issue()
    from lading.adapters.keys_file import FileSigner  # noqa: PLC0415

    with contextlib.closing(served), serving(served.app) as host:
        auth = base64.b64encode(":".join(ADMIN).encode()).decode()
        (tmp_path / "config.json").write_text(json.dumps({"auths": {host: {"auth": auth}}}))
        digest = push_image(host, *ADMIN)
        signer = FileSigner("build", holder.key)  # type: ignore[arg-type]
        ports = SigningPorts(registry.ports, signer, host, certificates={"build": tuple(holder.ders)})
        signed = sign_image(
            ports,
            ROOT,
            Subject("team/app", digest),
            datetime.now(UTC),
            form=SignatureForm.NOTARY_JWS,
        )
        plain = ("--plain-http", "--format", "json")
        kind = "application/vnd.cncf.notary.signature"
        found = run(
            tmp_path, "oras", "discover", *plain, "--artifact-type", kind, f"{host}/team/app@{digest}"
        )
        assert str(signed.attached.referrer) in found
        referrer = f"{host}/team/app@{signed.attached.referrer}"
        manifest = json.loads(run(tmp_path, "oras", "manifest", "fetch", "--plain-http", referrer))
        blob = f"{host}/team/app@{manifest['layers'][0]['digest']}"
        run(tmp_path, "oras", "blob", "fetch", "--plain-http", "--output", "signature.jws", blob)
    envelope = parse_jws((tmp_path / "signature.jws").read_bytes())
    assert envelope.scheme == SCHEME_X509
