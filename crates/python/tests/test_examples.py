"""What is shown to newcomers runs as it stands: the notebook, the README, the examples."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT
from jupyter_client.manager import AsyncKernelManager as KernelManager
from nbclient import NotebookClient

PACKAGE = ROOT / "crates/python"


def test_the_notebook_runs() -> None:
    notebook = nbformat.read(PACKAGE / "examples/worth-it.ipynb", as_version=4)
    # Sockets are files of this machine, which nobody else reaches.
    manager = KernelManager(transport="ipc")
    NotebookClient(notebook, km=manager, timeout=300, resources={"metadata": {"path": str(ROOT)}}).execute()
    shown = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert sum("image/svg+xml" in str(output) for output in shown) == 3
    told = "".join(output.get("text", "") for output in shown)
    assert "did you mean `demand.mean-per-day`" in told and "->" in told


def python_of(page: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", [ROOT / "README.md", PACKAGE / "README.md"], ids=["README", "package"])
def test_the_readmes_python_runs(page: Path) -> None:
    program = "\n".join(python_of(page))
    assert "restock.run" in program
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
