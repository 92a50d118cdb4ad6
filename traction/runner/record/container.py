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
from typing import Any, NamedTuple

from traction.errors import Problem

MAGIC = b"\x89MCAP0\r\n"
_HEADER, _FOOTER, _CHUNK, _DATA_END, _MESSAGE_INDEX = 0x01, 0x02, 0x06, 0x0F, 0x07
_RECORD = struct.Struct("<BQ")
_FOOTER_BODY = struct.Struct("<QQI")
_DATA_END_BYTES = _RECORD.size + 4
_TAIL_BYTES = _RECORD.size + _FOOTER_BODY.size + len(MAGIC)
_LARGEST_CHUNK_BYTES = 1 << 26
"""Far above a second of samples; a damaged length must not make us ask for all the memory there is."""


class Message(NamedTuple):
    """One message of the record: its topic (channel id) and its JSON bytes."""

    topic: int
    data: bytes


class Damage(Exception):
    """The bytes from here on cannot be trusted; carries the reason."""


class CutOff(Exception):
    """The bytes end in the middle of something."""


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
        for chunk in _chunks(data):
            for message in _messages(chunk):
                if message.sequence != count:
                    raise Damage(f"message {message.sequence} where {count} follows")
                count += 1
                yield Message(message.channel_id, message.data)
        _check_whole(data)
    except Damage as error:
        problems.append(
            Problem("E614", f"{error}, after {count} good messages", "bytes as they were written")
        )
    except CutOff:
        found = f"the file ends in the middle, after {count} good messages"
        problems.append(Problem("E613", found, "the end of a record"))


def _chunks(data: bytes) -> Iterator[bytes]:
    offset = len(MAGIC)
    while True:
        if offset + _RECORD.size > len(data):
            raise CutOff
        opcode, length = _RECORD.unpack_from(data, offset)
        offset += _RECORD.size
        if opcode not in (_HEADER, _CHUNK, _DATA_END, _MESSAGE_INDEX):
            raise Damage(f"an unknown kind of entry ({opcode}) at byte {offset - _RECORD.size}")
        if offset + length > len(data):
            raise CutOff
        if opcode == _DATA_END:
            return
        if opcode == _CHUNK:
            yield data[offset : offset + length]
        offset += length


def _messages(content: bytes) -> list[Any]:
    """Return the messages of one chunk whose checksum holds."""
    from mcap.data_stream import ReadDataStream
    from mcap.records import Chunk
    from mcap.records import Message as McapMessage
    from mcap.stream_reader import breakup_chunk

    try:
        chunk = Chunk.read(ReadDataStream(BytesIO(content)))
        _check_size(chunk)
        entries = breakup_chunk(chunk, validate_crc=True)
    except Damage:
        raise
    except Exception as error:  # whatever a decoder says about flipped bytes
        raise Damage(f"a chunk that does not match its checksum ({type(error).__name__})") from error
    return [entry for entry in entries if isinstance(entry, McapMessage)]


def _check_size(chunk: Any) -> None:
    import lz4.frame  # type: ignore[import-untyped]

    if chunk.compression != "lz4" or chunk.uncompressed_crc == 0:
        raise Damage("a chunk of a kind that we do not write")
    size = lz4.frame.get_frame_info(chunk.data)["content_size"]
    if size != chunk.uncompressed_size or size > _LARGEST_CHUNK_BYTES:
        raise Damage("a chunk with a wrong size")


def _check_whole(data: bytes) -> None:
    """Check the end of the file: its marks, its index, and the checksums over everything."""
    footer_at = len(data) - _TAIL_BYTES
    if footer_at < len(MAGIC) or not data.endswith(MAGIC):
        raise CutOff
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
