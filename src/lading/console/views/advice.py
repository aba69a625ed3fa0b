"""The work list: what to do first."""

from dataclasses import dataclass

from lading.console.formats.numbers import count
from lading.console.formats.sentences import sentence
from lading.console.links import list_link
from lading.matching.action import Action, ActionKind
from lading.workflows.advise import Advice


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One action."""

    at: int
    words: str
    reasons: tuple[str, ...]
    exploited: bool
    link: str
    images: str
    containers: str
    teams: str


@dataclass(frozen=True, slots=True)
class AdviceView:
    """All of them, and what orders them."""

    rows: tuple[ActionRow, ...]
    signals: str


def advice_view(advice: Advice) -> AdviceView:
    """Make the page."""
    names = {"kev": "known exploited vulnerabilities (CISA)", "epss": "exploit prediction scores (FIRST)"}
    signals = [
        f"{names.get(each.name, each.name)} {f'of {each.made_at}' if each.made_at else '(not imported)'}"
        for each in advice.signals
    ]
    rows = tuple(_row(at, action) for at, action in enumerate(advice.actions, start=1))
    return AdviceView(rows, "; ".join(signals))


def _row(at: int, action: Action) -> ActionRow:
    return ActionRow(
        at=at,
        words=action.words,
        reasons=tuple(sentence(reason) for reason in action.reasons),
        exploited=bool(action.exploited),
        link=list_link("/bases")
        if action.kind is ActionKind.UPDATE_BASE
        else list_link("/who-has", q=action.question),
        images=count(action.images),
        containers=count(action.containers),
        teams=", ".join(action.teams[:4]) + (" …" if len(action.teams) > 4 else ""),
    )
