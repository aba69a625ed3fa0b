"""OVAL definitions."""

import gzip

import pytest

from lading.advisories.advisory import Advisory, AffectedRange, Severity
from lading.advisories.formats.oval import OVAL
from lading.foundation.errors import Malformed, OverLimit
from tests.support.feed_documents import decode, only, shared_file

DOCUMENT = """<?xml version="1.0"?>
<oval_definitions xmlns="http://oval.mitre.org/XMLSchema/oval-definitions-5"
  xmlns:linux="http://oval.mitre.org/XMLSchema/oval-definitions-5#linux">
<definitions>
 <definition id="oval:org.example:def:1" class="patch"><metadata>
   <title>RLSA-2022:4582: gzip security update (Important)</title>
   <reference ref_id="RLSA-2022:4582" ref_url="https://errata.example/RLSA-2022:4582" source="RLSA"/>
   <description>fixes CVE-2022-1271</description>
   <advisory from="cpe:/o:rocky:rocky:9:GA"><severity>Important</severity>
   <issued date="2022-05-17"/></advisory>
  </metadata>
  <criteria operator="OR">
   <criterion test_ref="t:release"/>
   <criteria operator="AND"><criterion test_ref="t:gzip"/><criterion test_ref="t:signed"/></criteria>
  </criteria>
 </definition>
</definitions>
<tests>
 <linux:rpminfo_test id="t:gzip">
  <linux:object object_ref="o:gzip"/><linux:state state_ref="s:fixed"/></linux:rpminfo_test>
 <linux:rpminfo_test id="t:signed">
  <linux:object object_ref="o:gzip"/><linux:state state_ref="s:key"/></linux:rpminfo_test>
</tests>
<objects><linux:rpminfo_object id="o:gzip"><linux:name>gzip</linux:name></linux:rpminfo_object></objects>
<states>
 <linux:rpminfo_state id="s:fixed">
  <linux:evr operation="less than">0:1.10-9.el9_0</linux:evr></linux:rpminfo_state>
 <linux:rpminfo_state id="s:key">
  <linux:signature_keyid operation="equals">1</linux:signature_keyid></linux:rpminfo_state>
</states>
</oval_definitions>"""


def test_a_definition_becomes_a_notice_about_its_flaws() -> None:
    found = only(OVAL, DOCUMENT)
    assert (found.id, found.flaws, found.severity) == ("RLSA-2022:4582/1", ("CVE-2022-1271",), Severity.HIGH)
    assert found.published == "2022-05-17"
    (gzip_package,) = found.affected
    assert (gzip_package.name, gzip_package.distro, gzip_package.kind) == ("gzip", "rocky-9", "binary")
    assert gzip_package.ranges == (AffectedRange(fixed="0:1.10-9.el9_0"),)


def test_platforms_in_the_criteria_say_which_fix_is_of_which_release() -> None:
    criteria = """<criteria operator="OR">
      <criteria operator="AND">
       <criteria operator="OR">
        <criterion test_ref="x" comment="SUSE Linux Enterprise Server 15 SP3 is installed"/></criteria>
       <criteria operator="OR"><criterion test_ref="t:gzip" comment="gzip is fixed"/></criteria></criteria>
      <criteria operator="AND"><criterion test_ref="y" comment="openSUSE Leap 15.4 is installed"/>
       <criterion test_ref="t:gzip" comment="gzip is fixed"/></criteria></criteria>"""
    begin, end = DOCUMENT.index("<criteria"), DOCUMENT.index("</definition>")
    found = only(OVAL, DOCUMENT[:begin] + criteria + DOCUMENT[end:])
    assert [each.distro for each in found.affected] == ["sles-15.3", "opensuse-leap-15.4"]


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        (DOCUMENT[:900], Malformed, "xml-invalid"),
        ("", Malformed, "xml-invalid"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', Malformed, "xml-doctype"),
        ("<d>" * 300 + "</d>" * 300, OverLimit, "xml-too-deep"),
    ],
)
def test_what_is_cut_off_or_hostile_is_refused(content: str, kind: type[Exception], code: str) -> None:
    with pytest.raises(kind) as error:
        decode(OVAL, content)
    assert getattr(error.value, "code", "") == code


@pytest.mark.parametrize(
    ("path", "feed", "least", "distro"),
    [
        ("ubuntu/com.ubuntu.noble.usn.oval.xml.gz", "oval/ubuntu", 200, "ubuntu-24.04"),
        ("rocky/org.rockylinux.rlsa-9.xml.gz", "oval/rocky", 150, "rocky-9"),
        ("azurelinux/azurelinux-3.0-oval.xml.gz", "oval/azurelinux-3.0", 200, "azurelinux-3.0"),
        ("format-samples/sles/suse_truncated.xml", "oval/suse", 1, "sles-15"),
    ],
)
def test_real_documents_are_read(path: str, feed: str, least: int, distro: str) -> None:
    file = shared_file(path)
    content = gzip.decompress(file.read_bytes()) if path.endswith(".gz") else file.read_bytes()
    found = [one for one in decode(OVAL, content, feed) if isinstance(one, Advisory)]
    assert len(found) >= least
    assert len({one.id for one in found}) == len(found)
    assert any(each.distro.startswith(distro) for one in found for each in one.affected)
    assert all(one.affected and one.flaws + one.aliases for one in found)
