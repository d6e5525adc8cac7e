"""How far a task is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["Progress", "told"]

#: ``True`` for a bar of tqdm, ``False`` for nothing, or a function that is called with what is done ("simulating"), how much of it is done, and how much
#: there is.
Progress = bool | Callable[[str, int, int], None]


@contextmanager
def told(progress: Progress) -> Iterator[Callable[[str, int, int], None] | None]:
    """A function that hears how far it is, as the core wants it."""
    if progress is False or progress is None:
        yield None
    elif progress is True:
        bar = _Bar()
        try:
            yield bar
        finally:
            bar.close()
    elif callable(progress):
        yield progress
    else:
        raise TypeError(f"progress is {progress!r}; give True, False, or a function of three arguments: what, done, of")


class _Bar:
    """A bar for each step."""

    def __init__(self) -> None:
        try:
            from tqdm.auto import tqdm
        except ImportError:
            raise ImportError("progress=True shows a bar of tqdm, which is not installed: pip install tqdm") from None
        self._tqdm: Any = tqdm
        self._bar: Any = None
        self._doing = ""

    def __call__(self, doing: str, done: int, of: int) -> None:
        if doing != self._doing:
            self.close()
            self._bar = self._tqdm(total=of, desc=doing)
            self._doing = doing
        self._bar.total = of
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
