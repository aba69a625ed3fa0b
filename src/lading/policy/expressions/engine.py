"""The CEL engine, without the interactive shell that its package loads with it.

``cel/__init__`` imports ``cel.cli``, and with it a line editor, a syntax highlighter and a terminal
library: 14 MiB and a fifth of a second in each server and each command, for a shell that is never opened
here. An empty module stands in its place; the package's own ``cel`` program is another process.
"""

import sys
from types import ModuleType

sys.modules.setdefault("cel.cli", ModuleType("cel.cli"))

import cel  # noqa: E402  (after the line above, which is its point)

__all__ = ["cel"]
