"""How every text names a table."""

from __future__ import annotations


def table_name(url: str, file_name: str | None) -> str:
    """Return the URL, and in brackets the file whose facts hold for it unless the URL says so itself."""
    return url if file_name is None or url.removesuffix(":") == file_name else f"{url} ({file_name})"
