"""Where an upstream may send us, and where not."""

from collections.abc import Iterator

import httpx
import pytest

from lading.adapters.guarded_transport import GuardedTransport
from lading.adapters.secret_box import KeyedSecretBox
from lading.foundation.errors import Upstream


@pytest.fixture
def transport() -> Iterator[GuardedTransport]:
    with GuardedTransport("192.0.2.7", ["10.1.1.1"]) as transport:
        yield transport


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "[::1]", "[fe80::1]", "[fd00::1]", "[::ffff:127.0.0.1]", "[::ffff:169.254.169.254]",
        "2130706433", "0177.0.0.1",
    ],
)  # fmt: skip
def test_addresses_of_our_own_network_are_refused_however_they_are_written(
    transport: GuardedTransport, host: str
) -> None:
    with pytest.raises(httpx.ConnectError):
        transport._judged(host.strip("[]"), 80)


def test_the_configured_host_and_listed_ones_may_be_anywhere_but_where_clouds_keep_credentials() -> None:
    assert GuardedTransport("127.0.0.1")._judged("127.0.0.1", 80) == ["127.0.0.1"]
    assert GuardedTransport("hub", ["10.1.1.1"])._judged("10.1.1.1", 80) == ["10.1.1.1"]
    with pytest.raises(httpx.ConnectError, match="private_hosts"):
        GuardedTransport("169.254.169.254")._judged("169.254.169.254", 80)


def test_a_secret_opens_for_its_purpose_and_key_alone() -> None:
    box = KeyedSecretBox(lambda: b"k" * 32)
    sealed = box.seal("hunter2", purpose="upstream hub")
    assert "hunter2" not in sealed
    assert sealed != box.seal("hunter2", purpose="upstream hub")
    assert box.open(sealed, purpose="upstream hub") == "hunter2"
    for other, purpose in ((box, "upstream other"), (KeyedSecretBox(lambda: b"x" * 32), "upstream hub")):
        with pytest.raises(Upstream, match="cannot be read"):
            other.open(sealed, purpose=purpose)
    for broken in ("", "v1:", "v1:AAAA", sealed[:-8], "é"):
        with pytest.raises(Upstream):
            box.open(broken, purpose="upstream hub")
