"""Column blocks: their frames."""

import zlib

from source import Bytes, Refused, refuse_unless

FRAMES_BYTES_MAX = 8 << 20


def frames_of(block):
    """The frames of a block. One that is compressed with zstd is refused: the standard library does not have that."""
    source = Bytes(block)
    refuse_unless(source.byte() == 0x43, "it is no block")
    refuse_unless(source.byte() == 0x01, "the version is unknown")
    compression = source.byte()
    refuse_unless(compression <= 2, "the compression is unknown")
    lengths = []
    for _ in range(source.count()):
        length, fewer = source.varint(), source.varint()
        refuse_unless(fewer <= length, "a frame saves more than it has")
        refuse_unless(fewer == 0 or compression != 0, "nothing is compressed here")
        lengths.append((length, length - fewer))
    total = sum(length for length, _ in lengths)
    refuse_unless(total <= FRAMES_BYTES_MAX, "the frames are too long")
    frames = [opened(compression, source.take(stored), length) for length, stored in lengths]
    refuse_unless(source.left == 0, "bytes are left over")
    return frames


def opened(compression, stored, length):
    if len(stored) == length:
        return stored
    refuse_unless(compression == 2, "zstd is not read here")
    try:
        inflater = zlib.decompressobj(-15)
        frame = inflater.decompress(stored, length)
        # Whatever would come behind its length is no part of it.
        more = inflater.decompress(inflater.unconsumed_tail, 1) + inflater.flush(1)
    except zlib.error as error:
        raise Refused("a frame is damaged") from error
    whole = inflater.eof and not more and not inflater.unused_data
    refuse_unless(whole and len(frame) == length, "a frame has another length")
    return frame
