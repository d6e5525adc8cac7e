"""Folders that are the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

# What differs from one run to the next of the same recipe.
TIMES = ("threads", "simulated_seconds", "started")


def manifest(folder: Path) -> dict[str, Any]:
    """The manifest without times."""
    told: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return {key: value for key, value in told.items() if key not in TIMES}


def assert_same_folder(ours: Path, theirs: Path) -> None:
    """Every file has the same bytes; manifests tell the same but for times."""
    names = [sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()) for folder in (ours, theirs)]
    assert names[0] == names[1]
    differ = [name for name in names[0] if name != "manifest.json" and (ours / name).read_bytes() != (theirs / name).read_bytes()]
    assert differ == []
    assert manifest(ours) == manifest(theirs)
