"""What can be allowed: verbs, and the roles that name useful sets of them."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Verb(StrEnum):
    """One thing that a principal may be allowed to do."""

    PULL = "pull"
    PUSH = "push"
    DELETE = "delete"
    SIGN = "sign"
    PROMOTE = "promote"
    APPROVE_WAIVER = "approve-waiver"
    READ_EVIDENCE = "read-evidence"
    EDIT_POLICY = "edit-policy"
    READ_AUDIT = "read-audit"
    LIST_REPOSITORIES = "list-repositories"
    REPORT_RUNTIME = "report-runtime"
    GRANT_ROLES = "grant-roles"
    ADMINISTER = "administer"


# These concern the whole installation; only a binding on every repository ("**") grants them.
INSTALLATION_VERBS = frozenset(
    {Verb.EDIT_POLICY, Verb.READ_AUDIT, Verb.LIST_REPOSITORIES, Verb.REPORT_RUNTIME, Verb.ADMINISTER}
)

# What changes nothing: all that a token may do which is for reading only.
READING_VERBS = frozenset({Verb.PULL, Verb.READ_EVIDENCE, Verb.READ_AUDIT, Verb.LIST_REPOSITORIES})

ROLES: Mapping[str, frozenset[Verb]] = MappingProxyType(
    {
        "reader": frozenset({Verb.PULL, Verb.READ_EVIDENCE}),
        "publisher": frozenset({Verb.PULL, Verb.PUSH, Verb.SIGN, Verb.READ_EVIDENCE}),
        "maintainer": frozenset(
            {Verb.PULL, Verb.PUSH, Verb.SIGN, Verb.DELETE, Verb.PROMOTE, Verb.READ_EVIDENCE}
        ),
        "owner": frozenset(
            {Verb.PULL, Verb.PUSH, Verb.SIGN, Verb.DELETE, Verb.PROMOTE, Verb.READ_EVIDENCE}
            | {Verb.APPROVE_WAIVER, Verb.GRANT_ROLES}
        ),
        "approver": frozenset({Verb.PULL, Verb.READ_EVIDENCE, Verb.APPROVE_WAIVER}),
        "auditor": frozenset({Verb.READ_EVIDENCE, Verb.READ_AUDIT, Verb.LIST_REPOSITORIES}),
        "agent": frozenset({Verb.REPORT_RUNTIME}),
    }
)
