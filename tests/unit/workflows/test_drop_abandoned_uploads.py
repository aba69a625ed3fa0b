from datetime import UTC, datetime, timedelta

from lading.adapters.blobs_memory import MemoryBlobs
from lading.workflows.drop_abandoned_uploads import drop_abandoned_uploads

DAY = timedelta(days=1)


def test_only_what_nobody_came_back_to_is_dropped() -> None:
    blobs = MemoryBlobs()
    now = datetime.now(UTC)
    blobs.create_upload("waiting")
    blobs.create_upload("busy")
    writer = blobs.open_upload("busy")
    assert drop_abandoned_uploads(blobs, now, after=DAY) == 0
    assert drop_abandoned_uploads(blobs, now + 2 * DAY, after=DAY) == 1
    assert [upload.id for upload in blobs.iter_uploads()] == ["busy"]
    writer.close()
    assert drop_abandoned_uploads(blobs, now + 2 * DAY, after=DAY) == 1
    assert [*blobs.iter_uploads()] == []
