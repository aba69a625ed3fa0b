"""Packages that are built from a vulnerable source and hold none of its code."""

import re

from lading.packages.package import Package

# Headers, documents and helpers of the kernel: an image has no kernel, and these are not one.
_KERNEL_WITHOUT_KERNEL = {
    "deb": re.compile(r"linux-(?:libc-dev|headers-|doc|kbuild-|compiler-|support-|source|perf).*"),
    "rpm": re.compile(r"kernel(?:-[a-z0-9]+)?-(?:headers|doc|devel|abi-.*|srpm-macros)|kernel-headers"),
}
_KERNEL_SOURCE = re.compile(r"linux(?:-[a-z0-9.-]+)?|kernel(?:-[a-z0-9.-]+)?")
# Suffixes that distributions reserve for packages of documents, translations and data.
_DOCUMENTS = re.compile(r".+-(?:docs?|doc-html|manpages|locales?|l10n)")


def holds_no_code(package: Package) -> bool:
    """Whether the binary package is documentation, translations, or kernel headers, by its name.

    Only for packages of distributions, whose names follow rules, not for others' that they ship; and one that
    is called like its source is never taken for one.
    """
    if not package.distro or package.owner or package.name == package.source_name:
        return False
    if _DOCUMENTS.fullmatch(package.name):
        return True
    kernel = _KERNEL_WITHOUT_KERNEL.get(package.type)
    return bool(kernel and kernel.fullmatch(package.name) and _KERNEL_SOURCE.fullmatch(package.advisory_name))
