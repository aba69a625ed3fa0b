"""How much noise the search for credentials makes: `python -m bench.secret_noise`, with npm on the machine.

Fetches twenty of the most used packages from npm, minified files among them, and searches every file as if it
were not from a package (`srv/app/…`). Prints each hit, the speed, and its ratio to passing over
the same bytes once; ends with 1 if there was a hit in a minified file.
"""

import re
import subprocess
import sys
import tarfile
import tempfile
import time
import zlib
from pathlib import Path

from lading.cataloging.secrets.searching import iter_secrets, may_mark_secret

PACKAGES = (
    *("lodash", "react", "react-dom", "vue", "jquery", "axios", "moment", "rxjs", "bootstrap", "d3"),
    *("chart.js", "three", "core-js-bundle", "@babel/standalone", "typescript", "terser", "chalk", "express"),
    *("video.js", "swagger-ui-dist"),
)
_MINIFIED_LINE = 2000  # characters: nobody writes such lines


def main() -> int:
    """Fetch, search, print."""
    size, seconds, plain, noisy = 0, 0.0, 0.0, 0
    list(iter_secrets("srv/warm-up", (b"eyJ",)))  # marks are compiled at their first use
    with tempfile.TemporaryDirectory() as folder:
        for name in PACKAGES:
            packed = _fetch(name, Path(folder))
            with tarfile.open(packed) as archive:
                for member in archive:
                    if not member.isfile():
                        continue
                    file = archive.extractfile(member)
                    assert file is not None
                    content = file.read()
                    size += len(content)
                    began = time.process_time()
                    zlib.adler32(content)
                    passed = time.process_time()
                    path = f"srv/app/{name}/{member.name}"
                    found = list(iter_secrets(path, (content,))) if may_mark_secret(path, content) else []
                    seconds += time.process_time() - passed
                    plain += passed - began
                    for secret in found:
                        minified = re.search(rb"[^\n]{%d}" % _MINIFIED_LINE, content) is not None
                        noisy += minified
                        mark = "MINIFIED " if minified else ""
                        print(f"{mark}{secret.kind} {path}:{secret.line} {secret.excerpt}")
    ratio = seconds / plain
    print(f"{size >> 20} MiB, {size / seconds / 1e6:.0f} MB/s, {ratio:.1f} times a plain pass (Adler-32)")
    return 1 if noisy else 0


def _fetch(name: str, folder: Path) -> Path:
    command = ["npm", "pack", "--silent", "--pack-destination", str(folder), name]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return folder / done.stdout.strip().splitlines()[-1]


if __name__ == "__main__":
    sys.exit(main())
