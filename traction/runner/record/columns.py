"""The columns of a record as they are read: in as few bytes as their numbers need, widened when asked for.

A session of an hour is 180 000 rows of twenty columns, and most of them are small numbers or the same one for
minutes. As 64-bit integers they would be a quarter of the memory a whole run may take.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PAGE_ROWS = 4096
"""So many rows are narrowed together: about 80 s of a session."""


class Columns(Mapping[str, "NDArray[np.int64]"]):
    """Column by name, as a read-only int64 array, one value per row; made when looked at."""

    def __init__(self, names: Iterable[str]) -> None:
        self.rows = 0
        self._open: dict[str, array[int]] = {name: array("q") for name in names}
        self._pages: dict[str, list[NDArray[Any]]] = {name: [] for name in self._open}
        self._wide: WeakValueDictionary[str, NDArray[np.int64]] = WeakValueDictionary()

    def extend(self, rows: int, block: Mapping[str, list[int]]) -> None:
        """Add a block of ``rows`` whole numbers a column; else raises KeyError, TypeError or ValueError."""
        for name, column in self._open.items():
            if len(block[name]) != rows:
                raise ValueError(f"{len(block[name])} values of {name} in {rows} rows")
            column.extend(block[name])
            if len(column) >= PAGE_ROWS:
                self._pages[name].append(_narrowed(column))
                del column[:]
        self.rows += rows
        self._wide.clear()

    def newest(self) -> dict[str, int]:
        """Return the last row, without looking at the rows before it; empty where there is none."""
        if not self.rows:
            return {}
        pages = self._pages
        return {
            name: column[-1] if column else int(pages[name][-1][-1]) for name, column in self._open.items()
        }

    def __getitem__(self, name: str) -> NDArray[np.int64]:
        whole = self._wide.get(name)
        if whole is None:
            import numpy as np

            rest = np.array(self._open[name], dtype=np.int64)
            whole = np.concatenate([*self._pages[name], rest], dtype=np.int64)
            whole.flags.writeable = False
            self._wide[name] = whole
        return whole

    def __iter__(self) -> Iterator[str]:
        return iter(self._open)

    def __len__(self) -> int:
        return len(self._open)


def _narrowed(column: array[int]) -> NDArray[Any]:
    import numpy as np

    values = np.array(column, dtype=np.int64)
    reach = max(-1 - int(values.min()), int(values.max()))
    kind = (
        np.int8
        if reach < 1 << 7
        else np.int16
        if reach < 1 << 15
        else np.int32
        if reach < 1 << 31
        else np.int64
    )
    return values.astype(kind)
