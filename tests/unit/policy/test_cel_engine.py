"""The CEL engine is loaded without the shell that its package brings."""

import subprocess
import sys


def test_judging_loads_no_line_editor() -> None:
    asked = (
        "import sys; from lading.policy.expressions.engine import cel; "
        "print(cel.evaluate('1 + 1'), 'prompt_toolkit' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["2", "False"]
