"""The gate in front of a Docker Engine: what it says to each request, also while the server is away.

1. A request that cannot be read is refused; one that a policy has no word on passes without asking anybody.
2. The engine is asked what it has under the name of the image: names are for whoever is on the host to
   choose.
3. The server decides, and its answer is remembered by all that it depends on beside the policy.
4. While the server is away, the last answer to exactly this stands for a day, and says so where it refuses.
5. What was never asked before is then refused, unless the host was set up to let it pass: a gate that opens
   whenever its server does not answer is none.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from lading.admission.engine_requests import EngineRequest, Free, answer_key, question_of
from lading.foundation.errors import LadingError
from lading.foundation.instants import rfc3339
from lading.policy.template import printable
from lading.ports.engine_gate import EngineAnswers, GivenAnswer, LocalImages, RememberedAnswers

STANDS_FOR = timedelta(days=1)
_AWAY = "DENIED: the policy cannot be asked"


@dataclass(frozen=True, slots=True)
class EngineGate:
    """One engine's gate. ``open_when_away`` is what step 5 does with what was never asked before."""

    host: str
    images: LocalImages
    server: EngineAnswers
    remembered: RememberedAnswers
    open_when_away: bool = False

    def answer(self, request: EngineRequest, now: datetime) -> GivenAnswer:
        """Answer by the numbered steps; never raises."""
        # Step 1.
        try:
            question = question_of(request)
            if isinstance(question, Free):
                return GivenAnswer(True, "", now)
            # Step 2.
            image = self.images.find_image(question.image) if question.image else None
        except LadingError as error:
            return GivenAnswer(False, f"DENIED: {printable(str(error), 1_000)}", now)
        digests, image_id = (image.digests, image.id) if image else ((), "")
        key = answer_key(self.host, question, digests, image_id)
        # Step 3.
        try:
            given = self.server.ask(request, image)
        except LadingError as error:
            return self._without_server(key, str(error), now)
        self.remembered.keep(key, given)
        return given

    def _without_server(self, key: str, why: str, now: datetime) -> GivenAnswer:
        # Step 4.
        last = self.remembered.find(key)
        if last is not None and timedelta(0) <= now - last.at < STANDS_FOR:
            note = f"(as was said at {rfc3339(last.at)}; the server does not answer)"
            return GivenAnswer(last.allow, f"{last.message}\n{note}" if not last.allow else "", now)
        # Step 5.
        if self.open_when_away:
            return GivenAnswer(True, "", now)
        return GivenAnswer(False, f"{_AWAY}, and was not asked about this before: {printable(why, 500)}", now)
