"""Mirrors over the management API, for administrators."""

import pytest

from lading.ports.jobs import JobState
from tests.support.management import Api, code_of
from tests.support.upstream import upstream

RULE = {"upstream": "hub", "repositories": ["library/debian"], "prefix": "base"}


@pytest.fixture
def api() -> Api:
    api = Api()
    api.add_person("root", admin=True)
    api.add_person("ann", ("maintainer", "**"))
    return api


def test_a_mirror_is_made_previewed_run_listed_and_removed(api: Api) -> None:
    with upstream() as hub:
        digest = hub.image("library/debian", "12")
        api.ask("PUT", "/upstreams/hub", json={"url": hub.url}, who="root")
        assert api.ask("PUT", "/mirrors/debian", json=RULE, who="root").status_code == 200
        found = api.ask("POST", "/mirrors/debian/preview", who="root").json()
        assert [(each["tag"], each["state"], each["digest"]) for each in found["items"]] == [
            ("12", "wanted", str(digest))
        ]
        assert api.ask("POST", "/mirrors/debian/run", who="root").status_code == 202
        (report,) = api.jobs.reports((JobState.QUEUED, JobState.DONE), limit=10)
        assert report.job.arguments == {"mirror": "debian"}
        (line,) = api.ask("GET", "/mirrors", who="root").json()["items"]
        assert (line["name"], line["run"], line["counts"]) == ("debian", None, {})
        assert api.ask("GET", "/mirrors/debian/tags?state=held", who="root").json()["items"] == []
        assert api.ask("DELETE", "/mirrors/debian", who="root").status_code == 204
        for method, path in (
            ("DELETE", ""), ("POST", "/run"), ("POST", "/preview"), ("GET", "/tags"),
        ):  # fmt: skip
            assert code_of(api.ask(method, f"/mirrors/debian{path}", who="root")) == "mirror-unknown"
        api.remotes.close()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"upstream": "none"}, "upstream-unknown"),
        ({"tags": "{nothing}"}, "tag-pattern-invalid"),
        ({"repositories": []}, "mirror-rule-invalid"),
        ({"min_age_hours": -5}, "mirror-rule-invalid"),
        ({"min_age_hours": 10**15}, "mirror-rule-invalid"),
        ({"newest": 10**30}, "mirror-rule-invalid"),
        ({"every_hours": 0}, "mirror-rule-invalid"),
    ],
)
def test_what_no_mirror_can_be_is_refused_with_the_reason(
    api: Api, change: dict[str, object], code: str
) -> None:
    api.ask("PUT", "/upstreams/hub", json={"url": "https://hub.example"}, who="root")
    assert code_of(api.ask("PUT", "/mirrors/debian", json=RULE | change, who="root")) == code


def test_nobody_but_administrators_sees_or_changes_any_of_it(api: Api) -> None:
    for method, path, body in (
        ("GET", "/mirrors", None), ("PUT", "/mirrors/a", RULE), ("DELETE", "/mirrors/a", None),
        ("GET", "/mirrors/a/tags", None), ("POST", "/mirrors/a/preview", None),
        ("POST", "/mirrors/a/run", None),
    ):  # fmt: skip
        assert api.ask(method, path, json=body, who="ann").status_code == 403
        assert api.ask(method, path, json=body).status_code == 401
