"""Usage and quotas over the API."""

from tests.support.management import Api, code_of


def test_a_quota_is_set_shown_counted_and_removed() -> None:
    api = Api()
    api.governed.good_image()
    api.add_person("root", admin=True)
    api.add_person("ann", ("maintainer", "**"))
    before = {line["project"]: line for line in api.ask("GET", "/usage", who="root").json()["items"]}
    assert before["shop"]["artifacts"] > 0
    assert before["shop"]["unique"] == before["shop"]["alone"] > 0
    assert (before["shop"]["most_bytes"], before["shop"]["most_artifacts"]) == (-1, -1)
    made = api.ask("PUT", "/quotas?project=shop", who="root", json={"most_artifacts": 7})
    assert (made.json()["most_bytes"], made.json()["most_artifacts"]) == (-1, 7)
    after = {line["project"]: line for line in api.ask("GET", "/usage", who="root").json()["items"]}
    assert after["shop"]["most_artifacts"] == 7
    for method, path in (("GET", "/usage"), ("DELETE", "/quotas?project=shop")):
        assert code_of(api.ask(method, path, who="ann")) == "access-denied"
    assert api.ask("DELETE", "/quotas?project=shop", who="root").status_code == 204
    again = api.ask("DELETE", "/quotas?project=shop", who="root")
    assert (again.status_code, code_of(again)) == (404, "quota-unknown")
    empty = api.ask("PUT", "/quotas?project=shop", who="root", json={})
    assert code_of(empty) == "quota-empty"
    assert (
        code_of(api.ask("PUT", "/quotas?project=UP", who="root", json={"most_bytes": 1})) == "project-invalid"
    )
