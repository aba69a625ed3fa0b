"""The catalogers that the analyser runs. Adding one is its module, its test case and its line here."""

from lading.cataloging.cataloger import Cataloger
from lading.cataloging.catalogers import (
    apk,
    dpkg,
    go_binary,
    java,
    npm,
    python,
    rpm_bdb,
    rpm_ndb,
    rpm_sqlite,
    rust_binary,
)

ALL_CATALOGERS: tuple[Cataloger, ...] = (
    apk.CATALOGER,
    dpkg.CATALOGER,
    go_binary.CATALOGER,
    java.CATALOGER,
    npm.CATALOGER,
    python.CATALOGER,
    rpm_bdb.CATALOGER,
    rpm_ndb.CATALOGER,
    rpm_sqlite.CATALOGER,
    rust_binary.CATALOGER,
)
