"""Inspections of images as messages."""

from collections.abc import Iterator, Sequence

from lading.api.images import SecretLine
from lading.api.inspections import (
    AccountLine,
    CoverageLine,
    EntryPointLine,
    FileFactLine,
    FileFactsLine,
    InspectionLine,
    OriginsLine,
    PowerLine,
)
from lading.cataloging.secrets.all_kinds import rotation_of, title_of
from lading.cataloging.secrets.in_config import ConfigSecret
from lading.lineage.inspection.facts import FileFacts, Inspection


def inspection_line(inspection: Inspection) -> InspectionLine:
    """Everything but the credentials, which stand with those of the layers."""
    power, origins, coverage = inspection.power, inspection.origins, inspection.coverage
    entry = power.entry_point
    return InspectionLine(
        power=PowerLine(
            setuid=_facts(power.setuid),
            setgid=_facts(power.setgid),
            capabilities=_facts(power.capabilities),
            world_writable=_facts(power.world_writable),
            shells=_facts(power.shells),
            package_managers=_facts(power.package_managers),
            compilers=_facts(power.compilers),
            network_tools=_facts(power.network_tools),
            ssh_servers=_facts(power.ssh_servers),
            accounts=[
                AccountLine(name=each.name, uid=each.uid, shell=each.shell, password=str(each.password))
                for each in power.accounts
            ],
            entry_point=None
            if entry is None
            else EntryPointLine(
                program=entry.program,
                path=entry.path,
                interpreter=entry.interpreter,
                problem=entry.problem,
            ),
            writes=list(power.writes),
        ),
        origins=OriginsLine(
            counts=dict(origins.counts),
            verified=origins.verified,
            unverified=origins.unverified,
            unexplained=_facts(origins.unexplained),
            changed=_facts(origins.changed),
            missing=_facts(origins.missing),
        ),
        coverage=CoverageLine(
            score=coverage.score,
            programs=coverage.programs,
            known=coverage.known,
            unreadable=coverage.unreadable,
            unknown=_facts(coverage.unknown),
        ),
    )


def config_secret_lines(secrets: Sequence[ConfigSecret]) -> Iterator[SecretLine]:
    """Credentials of the configuration: in no layer, which -1 stands for, and deleted by none."""
    for secret in secrets:
        if not secret.example:
            yield SecretLine(
                kind=secret.kind,
                title=title_of(secret.kind),
                path=secret.place,
                line=0,
                layer=-1,
                step="",
                deleted_by=None,
                excerpt=secret.excerpt,
                rotate=rotation_of(secret.kind),
            )


def _facts(facts: FileFacts) -> FileFactsLine:
    listed = [FileFactLine(path=each.path, layer=each.layer, detail=each.detail) for each in facts.listed]
    return FileFactsLine(count=facts.count, listed=listed)
