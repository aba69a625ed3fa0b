"""What can be wrong between the records and the blob store, and what is merely waste.

Wrong (something that was acknowledged cannot be pulled, or is not what it says):

    blob-missing        a repository has a blob whose content is not in the store
    blob-size           the content of a blob has another size than the records say
    blob-corrupt        the content of a blob has another digest (found only when everything is read)
    blob-unlinked       a manifest lists a blob that its repository does not have
    child-missing       an index lists a manifest that its repository does not have
    manifest-corrupt    the bytes of a manifest have another digest
    tag-dangling        a tag points to a manifest that its repository does not have

Waste (a collection takes it when it is old enough):

    content-orphan      content that no repository has
    upload-open         an upload that is not finished
    stray               something in the store that nobody can ask for
"""

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """One kind of inconsistency, by its stable name."""

    BLOB_MISSING = "blob-missing"
    BLOB_SIZE = "blob-size"
    BLOB_CORRUPT = "blob-corrupt"
    BLOB_UNLINKED = "blob-unlinked"
    CHILD_MISSING = "child-missing"
    MANIFEST_CORRUPT = "manifest-corrupt"
    TAG_DANGLING = "tag-dangling"
    CONTENT_ORPHAN = "content-orphan"
    UPLOAD_OPEN = "upload-open"
    STRAY = "stray"


WASTE = frozenset({Fault.CONTENT_ORPHAN, Fault.UPLOAD_OPEN, Fault.STRAY})


@dataclass(frozen=True, slots=True)
class Inconsistency:
    """Something that was found. ``subject`` is where, ``detail`` what; ``size`` in bytes, 0 where unknown."""

    fault: Fault
    subject: str
    detail: str
    size: int = 0

    @property
    def is_waste(self) -> bool:
        """Whether it costs space and nothing else."""
        return self.fault in WASTE
