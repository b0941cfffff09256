# SPDX-License-Identifier: Apache-2.0
"""What passes between a client and a worker: one frame there, one frame back.

A frame is its length in four bytes, big-endian, and that many bytes of MessagePack. The length lets a
client tell an answer that was cut short, because the worker died, from a whole one.
"""

import struct

import msgspec

from mailward.contract.check import Examination, Facts
from mailward.contract.dmarc_report import Reading
from mailward.engines.scanning.limits import MAX_FRAME
from mailward.engines.scanning.preview import Preview

HEADER = struct.Struct(">I")


class Examine(msgspec.Struct, frozen=True, tag="examine"):
    """Judge these bytes, knowing these facts. Answered by an `Examination`."""

    raw: bytes
    facts: Facts


class Show(msgspec.Struct, frozen=True, tag="preview"):
    """Make these bytes safe to look at. Answered by a `Preview`."""

    raw: bytes


class ReadReports(msgspec.Struct, frozen=True, tag="reports"):
    """Read the DMARC reports in a mail or a file. Answered by a `Reading`."""

    raw: bytes


Request = Examine | Show | ReadReports
Answer = Examination | Preview | Reading

_encoder = msgspec.msgpack.Encoder()
_requests: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_examinations = msgspec.msgpack.Decoder(Examination)
_readings = msgspec.msgpack.Decoder(Reading)
_previews = msgspec.msgpack.Decoder(Preview)


class BadFrame(ValueError):  # noqa: N818 - the field's word
    """Bytes that are no frame of ours, or a frame above `MAX_FRAME`."""


def frame(value: Request | Answer) -> bytes:
    """The bytes to send."""
    body = _encoder.encode(value)
    if len(body) > MAX_FRAME:
        raise BadFrame(f"{len(body)} bytes are more than a frame may hold")
    return HEADER.pack(len(body)) + body


def length(header: bytes) -> int:
    """The size of the body that follows; `BadFrame` if it cannot be true."""
    size: int = HEADER.unpack(header)[0]
    if size > MAX_FRAME:
        raise BadFrame(f"{size} bytes are more than a frame may hold")
    return size


def request(body: bytes | memoryview) -> Request:
    """What a client asked; `BadFrame` if it cannot be read."""
    try:
        return _requests.decode(body)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise BadFrame(str(error)) from error


def examination(body: bytes | memoryview) -> Examination:
    """A worker's answer to `Examine`. A worker may have been taken over: its bytes are checked."""
    try:
        return _examinations.decode(body)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise BadFrame(str(error)) from error


def preview(body: bytes | memoryview) -> Preview:
    """A worker's answer to `Show`."""
    try:
        return _previews.decode(body)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise BadFrame(str(error)) from error


def reading(body: bytes | memoryview) -> Reading:
    """A worker's answer to `ReadReports`."""
    try:
        return _readings.decode(body)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise BadFrame(str(error)) from error
