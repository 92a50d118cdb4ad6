"""Walk the bytes of a record: every message that can be trusted, in order, up to the first that cannot.

Three checks, all of the MCAP format (https://mcap.dev/spec): a CRC over each chunk, one over everything
before the end mark, one over what follows it. A whole file has all three; a file cut off by a crash has the
first only, and the running number of each message, which finds a chunk that is missing.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import NamedTuple

from traction.errors import Problem

MAGIC = b"\x89MCAP0\r\n"
_HEADER, _FOOTER, _SCHEMA, _CHANNEL, _MESSAGE, _CHUNK, _DATA_END = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0F
_RECORD = struct.Struct("<BQ")
_CHUNK_HEAD = struct.Struct(
    "<QQQII3sQ"
)  # first and last time, size, CRC, length and name of compression, size
_MESSAGE_HEAD = struct.Struct("<HIQQ")  # channel, sequence, log and publish time
_FOOTER_BODY = struct.Struct("<QQI")
_DATA_END_BYTES = _RECORD.size + 4
_TAIL_BYTES = _RECORD.size + _FOOTER_BODY.size + len(MAGIC)

LARGEST_FILE_BYTES = 1 << 28
LARGEST_CHUNK_BYTES = 1 << 24
LARGEST_CONTENT_BYTES = 1 << 27
"""Far above what any session writes (an hour is 10 MB packed, 40 MB unpacked, and a chunk a second of it): a
damaged length, or a file made to harm, must not make us ask for all the memory and the time there is."""

_LARGEST = {_HEADER: 1 << 12, _CHUNK: LARGEST_CHUNK_BYTES, _DATA_END: 4}


class Message(NamedTuple):
    """One message of the record: its topic (channel id) and its JSON bytes."""

    topic: int
    data: bytes


class Damage(Exception):
    """The bytes from here on cannot be trusted; carries the reason."""


class CutOff(Exception):
    """The bytes end in the middle of something; says so, and what else it may be."""


def profile_name(data: bytes) -> str | None:
    """Return the profile name in the header of an MCAP file, or None where ``data`` is not one."""
    from mcap.data_stream import ReadDataStream
    from mcap.records import Header

    if not data.startswith(MAGIC):
        return None
    try:
        opcode, length = _RECORD.unpack_from(data, len(MAGIC))
        start = len(MAGIC) + _RECORD.size
        if opcode != _HEADER or start + length > len(data):
            return None
        return str(Header.read(ReadDataStream(BytesIO(data[start : start + length]))).profile)
    except Exception:
        return None


def walk(data: bytes, problems: list[Problem]) -> Iterator[Message]:
    """Yield the trusted messages of a record, oldest first; add to ``problems`` what is wrong with the rest.

    No problem means that every byte of the file was checked.
    """
    count = 0
    try:
        for content in _contents(data):
            for sequence, message in _messages(content):
                if sequence != count:
                    raise Damage(f"message {sequence} where {count} follows")
                count += 1
                yield message
        _check_whole(data)
    except Damage as error:
        problems.append(
            Problem("E614", f"{error}, after {count} good messages", "bytes as they were written")
        )
    except CutOff as error:
        problems.append(Problem("E613", f"{error}, after {count} good messages", "the end of a record"))


def walk_on(data: bytes, at: int, count: int) -> tuple[list[Message], int, bool]:
    """Return the whole messages from byte ``at`` on, where what follows them begins, and whether all is over.

    For a file that still grows: ``at`` is where an entry begins, ``count`` how many messages came before.
    What ends in the middle is left for the next time. Raises Damage.
    """
    found: list[Message] = []
    left = LARGEST_CONTENT_BYTES
    try:
        for start, end in _chunks(data, at):
            content = _content(data, start, end)
            left -= len(content)
            if left < 0:
                raise Damage("more than any session writes")
            for sequence, message in _messages(content):
                if sequence != count + len(found):
                    raise Damage(f"message {sequence} where {count + len(found)} follows")
                found.append(message)
            at = end
    except CutOff:
        return found, at, False
    return found, at, True


def _contents(data: bytes) -> Iterator[bytes]:
    """Yield what is packed in each chunk, up to the end mark."""
    left = LARGEST_CONTENT_BYTES
    for start, end in _chunks(data):
        content = _content(data, start, end)
        left -= len(content)
        if left < 0:
            raise Damage("more than any session writes")
        yield content


def _chunks(data: bytes, offset: int = len(MAGIC)) -> Iterator[tuple[int, int]]:
    """Yield where each chunk from ``offset`` on begins and ends."""
    while True:
        if offset + _RECORD.size > len(data):
            raise CutOff("the file ends in the middle")
        opcode, length = _RECORD.unpack_from(data, offset)
        if opcode not in _LARGEST:
            raise Damage(f"an unknown kind of entry ({opcode}) at byte {offset}")
        if length > _LARGEST[opcode] or (opcode == _DATA_END and length != _LARGEST[opcode]):
            raise Damage(f"a length of {length} that no entry has, at byte {offset}")
        start, end = offset + _RECORD.size, offset + _RECORD.size + length
        if end > len(data):
            _require_cut(data, opcode, start, length)
        if opcode == _DATA_END:
            return
        if opcode == _CHUNK:
            yield start, end
        offset = end


def _require_cut(data: bytes, opcode: int, start: int, length: int) -> None:
    """Raise CutOff where the file has lost its end, Damage where its end is there and the length is wrong."""
    at = start - _RECORD.size
    if data.endswith(MAGIC):
        raise Damage(f"a length that leads beyond the end of the file, at byte {at}")
    if opcode == _CHUNK and start + _CHUNK_HEAD.size <= len(data):
        if _CHUNK_HEAD.unpack_from(data, start)[-1] != length - _CHUNK_HEAD.size:
            raise Damage(f"two lengths that contradict each other, at byte {at}")
        raise CutOff("the file ends in the middle")
    raise CutOff("the file ends in the middle, or a length in its last entry is damaged")


def _content(data: bytes, start: int, end: int) -> bytes:
    """Return what is packed in one chunk whose checksum holds."""
    import lz4.frame  # type: ignore[import-untyped]

    wrong = Damage("a chunk that does not match its checksum")
    if end - start < _CHUNK_HEAD.size:
        raise wrong
    _, _, size, checksum, name_length, name, packed = _CHUNK_HEAD.unpack_from(data, start)
    if (name_length, name) != (3, b"lz4") or checksum == 0:
        raise Damage("a chunk of a kind that we do not write")
    if packed != end - start - _CHUNK_HEAD.size or not 0 < size <= LARGEST_CHUNK_BYTES:
        raise Damage("a chunk with a wrong size")
    unpack = lz4.frame.LZ4FrameDecompressor()
    try:  # no more than was promised, whatever the packed bytes would unfold to
        content: bytes = unpack.decompress(data[end - packed : end], max_length=size + 1)
    except Exception as error:  # whatever a decoder says about flipped bytes
        raise wrong from error
    if len(content) != size or zlib.crc32(content) != checksum:
        raise wrong
    return content


def _messages(content: bytes) -> Iterator[tuple[int, Message]]:
    """Yield the running number and the message for each of a chunk."""
    offset = 0
    while offset < len(content):
        if offset + _RECORD.size > len(content):
            raise Damage("a chunk that ends in the middle")
        opcode, length = _RECORD.unpack_from(content, offset)
        start = offset + _RECORD.size
        offset = start + length
        if opcode not in (_SCHEMA, _CHANNEL, _MESSAGE) or offset > len(content):
            raise Damage("a chunk with an entry that we do not write")
        if opcode == _MESSAGE:
            if length < _MESSAGE_HEAD.size:
                raise Damage("a message without a head")
            channel, sequence, _, _ = _MESSAGE_HEAD.unpack_from(content, start)
            yield sequence, Message(channel, content[start + _MESSAGE_HEAD.size : offset])


def _check_whole(data: bytes) -> None:
    """Check the end of the file: its marks, its index, and the checksums over everything."""
    footer_at = len(data) - _TAIL_BYTES
    if footer_at < len(MAGIC) or not data.endswith(MAGIC):
        raise CutOff("the file ends in the middle")
    if _RECORD.unpack_from(data, footer_at) != (_FOOTER, _FOOTER_BODY.size):
        raise Damage("a wrong end mark")
    summary_at, _, summary_crc = _FOOTER_BODY.unpack_from(data, footer_at + _RECORD.size)
    end_at = summary_at - _DATA_END_BYTES
    if not len(MAGIC) <= end_at <= footer_at - _DATA_END_BYTES:
        raise Damage("an index in the wrong place")
    view = memoryview(data)  # a slice of it is no second copy of the file
    if zlib.crc32(view[summary_at : len(data) - len(MAGIC) - 4]) != summary_crc:
        raise Damage("an index that does not match its checksum")
    end_mark = _RECORD.pack(_DATA_END, 4) + struct.pack("<I", zlib.crc32(view[:end_at]))
    if data[end_at:summary_at] != end_mark:
        raise Damage("a file that does not match its checksum")
