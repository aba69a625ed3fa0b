import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.foundation.errors import LadingError, Malformed, NotFound
from lading.oci.reference import is_repository
from lading.server.distribution.routes import Kind, Route, find_route

SESSION = "0b5c2f0e-6d0a-4a77-9d52-1f2f5b0f6b8e"


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/v2", Route(Kind.BASE)),
        ("/v2/", Route(Kind.BASE)),
        ("/v2/token", Route(Kind.TOKEN)),
        ("/v2/_catalog", Route(Kind.CATALOG)),
        ("/v2/a/b/manifests/latest", Route(Kind.MANIFEST, "a/b", "latest")),
        ("/v2/a/manifests/b/manifests/v1", Route(Kind.MANIFEST, "a/manifests/b", "v1")),
        ("/v2/a/blobs/sha256:00", Route(Kind.BLOB, "a", "sha256:00")),
        ("/v2/a/blobs/uploads", Route(Kind.UPLOADS, "a")),
        ("/v2/a/blobs/uploads/", Route(Kind.UPLOADS, "a")),
        (f"/v2/a/blobs/uploads/{SESSION}", Route(Kind.UPLOAD, "a", SESSION)),
        ("/v2/x/blobs/uploads/manifests/v1", Route(Kind.MANIFEST, "x/blobs/uploads", "v1")),
        ("/v2/x/blobs/uploads/blobs/uploads/", Route(Kind.UPLOADS, "x/blobs/uploads")),
        ("/v2/tags/tags/list", Route(Kind.TAGS, "tags")),
        ("/v2/tags/list/tags/list", Route(Kind.TAGS, "tags/list")),
        ("/v2/token/tags/list", Route(Kind.TAGS, "token")),
        ("/v2/a/referrers/sha256:00", Route(Kind.REFERRERS, "a", "sha256:00")),
    ],
)
def test_a_path_is_read_from_its_end(path: str, route: Route) -> None:
    assert find_route(path) == route


@pytest.mark.parametrize(
    "path", ["/v2/a", "/v2/a/manifests/", "/v2/a/tags", "/v2/a/b", "/v3/", "/v2/_catalog/x", "/v2//x"]
)
def test_a_path_that_names_nothing_is_not_found(path: str) -> None:
    with pytest.raises(NotFound):
        find_route(path)


@pytest.mark.parametrize("name", ["A", "..", "a//b", "a/../b", "a\n", "a\0", "-a", "a" * 256, ".", "%2e"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(Malformed) as refusal:
        find_route(f"/v2/{name}/manifests/latest")
    assert refusal.value.code == "repository-name-invalid"


@given(st.text(max_size=60))
def test_whatever_the_path_a_route_names_a_real_repository(text: str) -> None:
    try:
        route = find_route(f"/v2/{text}")
    except LadingError:
        return
    assert route.repository == "" or is_repository(route.repository)
    assert "/" not in route.name
