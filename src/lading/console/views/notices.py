"""What a page says after something was done. Addresses carry a word of this table, never the text itself."""

from collections.abc import Mapping
from dataclasses import dataclass

from lading.console.views.badges import Tone


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence above the page."""

    tone: Tone
    text: str
    hint: str = ""


_DONE: Mapping[str, Notice] = {
    "waiver-requested": Notice(
        Tone.GOOD, "The waiver was requested.", "It counts once somebody else approves it."
    ),
    "waiver-approved": Notice(Tone.GOOD, "The waiver is approved and counts from now."),
    "waiver-revoked": Notice(Tone.GOOD, "The waiver is revoked and counts no longer."),
    "approval-approved": Notice(Tone.GOOD, "Enough have agreed: it is done."),
    "approval-waiting": Notice(Tone.GOOD, "Your word is counted.", "Others have to agree too."),
    "approval-rejected": Notice(Tone.GOOD, "It is refused."),
    "promotion-waiting": Notice(Tone.GOOD, "Your word is counted.", "Others have to agree too."),
    "promotion-done": Notice(Tone.GOOD, "The promotion is approved, and the environment has the image."),
    "promotion-denied": Notice(
        Tone.BAD, "The gate refuses the image now.", "The newest promotion below opens the decision."
    ),
    "promotion-rejected": Notice(Tone.GOOD, "The promotion is rejected; nothing moved."),
    "alert-acknowledged": Notice(Tone.GOOD, "It is acknowledged, in your name."),
    "job-retried": Notice(Tone.GOOD, "The job is queued again."),
    "quota-set": Notice(
        Tone.GOOD,
        "The quota counts from the next push.",
        "What is there already stays, also when it is more.",
    ),
    "quota-removed": Notice(Tone.GOOD, "The project has no quota any more."),
    "collection-started": Notice(Tone.GOOD, "The collection has begun.", "Pushes and pulls go on beside it."),
    "collection-stopping": Notice(Tone.GOOD, "The collection stops after what it is doing."),
    "collection-resumed": Notice(Tone.GOOD, "The collection goes on where it was."),
    "scrub-started": Notice(
        Tone.GOOD, "Everything is being read again.", "Pushes and pulls go on beside it."
    ),
    "scrub-stopping": Notice(Tone.GOOD, "The reading stops after what it is doing."),
    "retention-begun": Notice(Tone.GOOD, "The run has begun.", "Every deletion is in the audit log."),
    "retention-rule-added": Notice(
        Tone.GOOD, "The rule is made and counts at the next run.", "What would go now is below."
    ),
    "retention-rule-removed": Notice(Tone.GOOD, "The rule is removed."),
    "hold-placed": Notice(Tone.GOOD, "The hold is placed: nothing that it covers is deleted."),
    "hold-released": Notice(Tone.GOOD, "The hold is released."),
    "tag-rule-added": Notice(Tone.GOOD, "The rule is made and counts from the next push."),
    "tag-rule-removed": Notice(Tone.GOOD, "The rule is removed."),
    "device-granted": Notice(Tone.GOOD, "The command is signed in.", "You can close this page."),
    "device-denied": Notice(Tone.GOOD, "The command is not signed in."),
    "robot-stopped": Notice(Tone.GOOD, "The account is stopped.", "Its secret opens nothing meanwhile."),
    "robot-resumed": Notice(Tone.GOOD, "The account acts again."),
    "robot-removed": Notice(Tone.GOOD, "The account is removed, and its tokens with it."),
    "role-granted": Notice(Tone.GOOD, "The role is given, and counts with the next request."),
    "role-revoked": Notice(Tone.GOOD, "The role is taken back, and counts no longer."),
    "person-disabled": Notice(Tone.GOOD, "The account is disabled.", "Its sessions and tokens have ended."),
    "person-enabled": Notice(Tone.GOOD, "The account may sign in again.", "Its old tokens stay ended."),
    "last-administrator": Notice(
        Tone.BAD, "This is the last administrator who can sign in.", "Make somebody else one first."
    ),
    "token-revoked": Notice(Tone.GOOD, "The token is revoked: it opens nothing any more."),
    "mirror-runs": Notice(Tone.GOOD, "The mirror runs.", "Its tags are listed below as it goes."),
    "events-paused": Notice(
        Tone.GOOD, "Nothing more is sent until you resume.", "Nothing is lost meanwhile."
    ),
    "events-resumed": Notice(Tone.GOOD, "Sending goes on where it stopped."),
    "events-removed": Notice(Tone.GOOD, "The subscription is ended, with what waited for it."),
    "events-tried": Notice(Tone.GOOD, "The receiver took a trial event."),
    "events-replayed": Notice(Tone.GOOD, "The dead letters are sent again."),
    "password-changed": Notice(Tone.GOOD, "Your password is changed."),
}


def notice_of(word: str) -> Notice | None:
    """The notice for the word of an address; None for any other word."""
    return _DONE.get(word)
