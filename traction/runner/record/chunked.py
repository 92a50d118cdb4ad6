"""Lay down an MCAP file of small chunks: the few bytes around each message, without an object for each.

The mcap package writes the same bytes; it is used here for what stands in a file once. It takes 75 us for a
chunk, fifty times what the numbers in a message cost, because it is made for chunks of many messages.
Format: https://mcap.dev/spec
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from typing import Final, Protocol

from lz4.frame import compress  # type: ignore[import-untyped]
from mcap.data_stream import RecordBuilder
from mcap.opcode import Opcode
from mcap.records import Channel, DataEnd, Footer, Header, McapRecord, Schema, Statistics, SummaryOffset
from mcap.writer import LIBRARY_IDENTIFIER

from traction.runner.record.container import MAGIC

_COMPRESSION: Final = b"lz4"
_MESSAGE: Final = struct.Struct("<BQHIQQ")  # opcode, length; channel, sequence, log and publish time in ns
_CHUNK: Final = struct.Struct("<BQQQQII3sQ")  # ...; first and last time, size, CRC, compression, size within
_INDEX: Final = struct.Struct(
    "<BQQQQQIQI3sQQ"
)  # ...; first and last time, place, length, no message index, ...
_CRC: Final = struct.Struct("<I")
_MESSAGE_CODE, _CHUNK_CODE, _INDEX_CODE = int(Opcode.MESSAGE), int(Opcode.CHUNK), int(Opcode.CHUNK_INDEX)
_HEAD_BYTES: Final = 9
"""Opcode and length of any entry; the length does not count them."""


class Sink(Protocol):
    """Where the bytes go."""

    def write(self, data: bytes, /) -> int:
        """Take ``data``."""
        ...

    def flush(self) -> None:
        """Hand on what was taken."""
        ...


class ChunkedFile:
    """Write messages in the order of their times; each ``flush`` ends a chunk with its checksum."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._crc = 0  # over everything before the end mark
        self._offset = 0
        self._pending: list[bytes] = []  # of the chunk that is being filled
        self._times_ns: list[int] = []
        self._index: list[bytes] = []
        self._schemas: list[Schema] = []
        self._channels: list[Channel] = []
        self._counts: dict[int, int] = {}
        self._first_ns: int | None = None
        self._last_ns = 0

    def start(self, profile: str, topics: Iterable[tuple[str, str, bytes]]) -> None:
        """Begin the file: one channel for each (topic, name of its schema, JSON Schema), ids from 1."""
        self._put(MAGIC + _bytes(Header(profile, LIBRARY_IDENTIFIER)))
        for number, (topic, name, schema) in enumerate(topics, 1):
            self._schemas.append(Schema(id=number, name=name, encoding="jsonschema", data=schema))
            channel = Channel(id=number, topic=topic, message_encoding="json", metadata={}, schema_id=number)
            self._channels.append(channel)
            self._pending += (_bytes(self._schemas[-1]), _bytes(channel))

    def add(self, channel: int, time_ns: int, data: bytes, sequence: int) -> None:
        """Add one message to the chunk."""
        length = _MESSAGE.size - _HEAD_BYTES + len(data)
        self._pending.append(_MESSAGE.pack(_MESSAGE_CODE, length, channel, sequence, time_ns, time_ns))
        self._pending.append(data)
        self._times_ns.append(time_ns)
        self._counts[channel] = self._counts.get(channel, 0) + 1

    def flush(self) -> None:
        """End the chunk, where there are messages for one, and hand everything on. Raises OSError."""
        if self._times_ns:
            self._end_chunk()
        self._sink.flush()

    def finish(self) -> None:
        """Write the end of the file: end mark, index and totals, footer. Raises OSError."""
        self.flush()
        self._put(_bytes(DataEnd(data_section_crc=self._crc)))
        start, summary, offsets = self._offset, b"", b""
        for opcode, entries in self._summary():
            group = b"".join(entries)
            place = SummaryOffset(
                group_opcode=opcode, group_start=start + len(summary), group_length=len(group)
            )
            offsets += _bytes(place)
            summary += group
        footer = Footer(summary_start=start, summary_offset_start=start + len(summary), summary_crc=0)
        summary += offsets + _bytes(footer)[: -_CRC.size]  # the checksum is over all that stands before it
        self._put(summary + _CRC.pack(zlib.crc32(summary)) + MAGIC)
        self._sink.flush()

    def _end_chunk(self) -> None:
        content = b"".join(self._pending)
        first_ns, last_ns = min(self._times_ns), max(self._times_ns)
        self._pending.clear()
        self._times_ns.clear()
        packed = compress(content)
        length = _CHUNK.size - _HEAD_BYTES + len(packed)
        sizes = (len(content), zlib.crc32(content), len(_COMPRESSION), _COMPRESSION, len(packed))
        chunk = _CHUNK.pack(_CHUNK_CODE, length, first_ns, last_ns, *sizes) + packed
        place = (self._offset, len(chunk), 0, 0, len(_COMPRESSION), _COMPRESSION, len(packed), len(content))
        self._index.append(_INDEX.pack(_INDEX_CODE, _INDEX.size - _HEAD_BYTES, first_ns, last_ns, *place))
        self._first_ns = first_ns if self._first_ns is None else min(first_ns, self._first_ns)
        self._last_ns = max(last_ns, self._last_ns)
        self._put(chunk)

    def _summary(self) -> list[tuple[Opcode, list[bytes]]]:
        totals = Statistics(
            message_count=sum(self._counts.values()),
            schema_count=len(self._schemas),
            channel_count=len(self._channels),
            attachment_count=0,
            metadata_count=0,
            chunk_count=len(self._index),
            message_start_time=self._first_ns or 0,
            message_end_time=self._last_ns,
            channel_message_counts=self._counts,
        )
        return [
            (Opcode.SCHEMA, [_bytes(schema) for schema in self._schemas]),
            (Opcode.CHANNEL, [_bytes(channel) for channel in self._channels]),
            (Opcode.STATISTICS, [_bytes(totals)]),
            (Opcode.CHUNK_INDEX, self._index),
        ]

    def _put(self, data: bytes) -> None:
        self._crc = zlib.crc32(data, self._crc)
        self._offset += len(data)
        self._sink.write(data)


def _bytes(entry: McapRecord) -> bytes:
    builder = RecordBuilder()
    entry.write(builder)
    return bytes(builder.end())  # type: ignore[no-untyped-call]
