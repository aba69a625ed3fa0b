"""Every operation of the management API is asked what its OpenAPI description allows, and what it does not.

No answer may be a fault of ours. The long run, some ten minutes:
``API_EXAMPLES=200 pytest tests/property/test_api_by_its_description.py``
"""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.core import NotSet
from schemathesis.core.result import Ok

from tests.support.management import PASSWORD, Api

EXAMPLES = int(os.environ.get("API_EXAMPLES", "2"))
DESCRIPTION = Path(__file__).parents[2] / "docs" / "reference" / "openapi.json"
# The schema's own operations, with what it allows and what it does not.
OPERATIONS = {
    operation.label: operation
    for found in schemathesis.openapi.from_dict(json.loads(DESCRIPTION.read_text())).get_all_operations()
    if isinstance(found, Ok)
    for operation in [found.ok()]
}


@pytest.fixture(scope="module")
def api() -> Api:
    api = Api()
    api.add_person("root", admin=True)
    api.governed.push("shop/app")
    return api


@pytest.mark.parametrize("label", OPERATIONS)
def test_no_question_that_can_be_asked_is_a_fault_of_ours(api: Api, label: str) -> None:
    operation = OPERATIONS[label]
    cases: st.SearchStrategy[Case[Any]] = st.one_of(
        operation.as_strategy(),
        operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
    )

    @given(cases)
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def ask(case: Case[Any]) -> None:
        answer = _send(api, case)
        assert answer.status_code < 500 or _is_of_others(answer), f"{case.as_curl_command()}\n{answer.text}"

    ask()


def _is_of_others(answer: httpx.Response) -> bool:
    """502 and 503 say that something that was asked for lies elsewhere, and why."""
    return answer.status_code in {502, 503} and answer.json()["code"] != "internal"


def _send(api: Api, case: Case[Any]) -> httpx.Response:
    request: dict[str, Any] = {"params": case.query, "headers": dict(case.headers or {})}
    if not isinstance(case.body, NotSet):
        request |= {"content": case.body} if isinstance(case.body, bytes) else {"json": case.body}

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=api.app, raise_app_exceptions=True)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://api.example", auth=("root", PASSWORD)
        ) as client:
            return await client.request(case.method, case.formatted_path, **request)

    return asyncio.run(send())
