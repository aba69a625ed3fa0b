"""Write the attacks as case files: ``python -m tests.attacks.write_cases``.

All of them are made anew, with keys that nobody keeps. A case is a file below ``cases/``; the manifest there
says what must be refused, at which step and why, and by which policy of ``cases/trust/``.
"""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.attacks import by_key, keyless, notary
from tests.attacks.case import Attack
from tests.support.notary_envelopes import ROOT, cose, jws

CASES = Path(__file__).parent / "cases"
_ENDINGS = {"notary-cose": "cbor"}


def main() -> None:
    """Write everything."""
    shutil.rmtree(CASES, ignore_errors=True)
    (CASES / "trust").mkdir(parents=True)
    with keyless.trusts() as more:
        for name, policy in {**by_key.TRUST, **more, "authority": _authority()}.items():
            (CASES / "trust" / f"{name}.toml").write_text(policy)
        manifest = "".join(_written(folder, name, attack) for folder, name, attack in _iter_attacks())
    (CASES / "manifest.toml").write_text(f"# Written by tests/attacks/write_cases.py.\n{manifest}")


def _authority() -> str:
    return (
        f'[[authorities]]\nname = "ca"\ncertificates = """\n{ROOT.pem}"""\n\n'
        '[[certificates]]\nname = "who"\nauthority = "ca"\nsubject = "*"\n'
        '[[trust]]\nname = "all"\nrepositories = ["**"]\nsigned-as = ["**"]\nsigners = ["who"]\n'
    )


def _iter_attacks() -> Iterator[tuple[str, str, Attack]]:
    yield "notary-jws", "good", Attack("notary-jws", "authority", jws, None)
    for name, (jws_made, step, reason) in notary.JWS_ATTACKS.items():
        yield "notary-jws", name, Attack("notary-jws", "authority", jws_made, step, reason)
    yield "notary-cose", "good", Attack("notary-cose", "authority", cose, None)
    for name, (cose_made, step, reason) in notary.COSE_ATTACKS.items():
        yield "notary-cose", name, Attack("notary-cose", "authority", cose_made, step, reason)
    tables = {
        "payload": by_key.PAYLOADS,
        "attestation": by_key.ATTESTATIONS,
        "bundle": by_key.BUNDLES,
        "logged-bundle": keyless.BUNDLES,
        "promised": keyless.PROMISED,
        "stamped-bundle": keyless.UNLOGGED,
        "stamped-payload": keyless.STAMPED_PAYLOADS,
    }
    for folder, table in tables.items():
        for name, attack in table.items():
            yield folder, name, attack


def _written(folder: str, name: str, attack: Attack) -> str:
    """Write one file; give its lines in the manifest."""
    content = attack.make()
    lines = {"name": f"{folder}: {name}", "form": attack.form, "trust": attack.trust}
    if content is not None:
        stem = re.sub("[^a-z0-9]+", "-", name.lower()).strip("-")
        file = f"{folder}/{stem}.{_ENDINGS.get(attack.form, 'json')}"
        (CASES / folder).mkdir(exist_ok=True)
        # What is huge is the same byte again and again: the manifest says how often.
        last = content.rstrip(content[-1:])
        long = len(content) > 1 << 20 and len(content) - len(last) > 1 << 19
        (CASES / file).write_bytes(last + content[-1:] if long else content)
        lines["file"] = file
        if long:
            lines["last_byte_until"] = str(len(content))
    if attack.step is not None:
        lines |= {"refused_at": attack.step.name.lower(), "because": attack.reason}
    return "\n[[case]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in lines.items())


if __name__ == "__main__":
    main()
