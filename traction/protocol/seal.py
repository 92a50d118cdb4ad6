"""Seals over the names of a trial's arms: a commitment that shows nothing and can be checked afterwards.

A seal is SHA-256 over a mark, a salt of at least 16 random bytes, and the name (FIPS 180-4). Without the salt
the few names a trial has cannot be tried one after the other; with it nobody can claim another name.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from typing import Final

from traction.errors import Problem, UsageError

SALT_BYTES: Final = 16

_MARK: Final = b"traction-seal-1\0"
_SALT: Final = re.compile(r"(?:[0-9a-f]{2}){16,64}")


def seal_of(name: str, salt: str) -> str:
    """Return the seal over the name of an arm as 64 hex digits; ``salt`` is 32 to 128 hex digits.

    Raises UsageError E138 where the salt is none, or the name is empty.
    """
    if _SALT.fullmatch(salt) is None:
        raise UsageError(Problem("E138", "a salt of another form", f"at least {2 * SALT_BYTES} hex digits"))
    plain = unicodedata.normalize("NFC", name.strip())
    if not plain:
        raise UsageError(Problem("E138", "an empty name", "the name of an arm"))
    return hashlib.sha256(_MARK + bytes.fromhex(salt) + b"\0" + plain.encode("utf-8")).hexdigest()


def opens(seal: str, name: str, salt: str) -> bool:
    """Say whether ``seal`` is that of this name and salt. Raises UsageError E138."""
    return hmac.compare_digest(seal, seal_of(name, salt))
