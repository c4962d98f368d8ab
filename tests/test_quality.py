"""Lint, formatting, types and layers: as tests, so that one closing line covers them too."""

import subprocess
import sys
from pathlib import Path

import pytest

COURSE = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
TOOLS = {
    "ruff check": [BIN / "ruff", "check", "."],
    "ruff format": [BIN / "ruff", "format", "--check", "."],
    "mypy --strict": [BIN / "mypy"],
    "imports only go down": [BIN / "lint-imports"],
}


@pytest.mark.parametrize("tool", TOOLS)
def test_is_clean(tool):
    done = subprocess.run(TOOLS[tool], cwd=COURSE, capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, f"{tool} complains:\n{done.stdout[-8000:]}{done.stderr[-2000:]}"
