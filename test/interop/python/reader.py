"""Reads columns out of the frames of a block."""

from number_codecs import FLOATS, INTEGERS, LONGS
from source import Bytes, in_range, refuse_unless, safe
from string_codecs import BYTE_STRINGS, STRINGS, strings_plain

VALUES_MAX = 1 << 23
STREAM_BYTES_MIN = 256


class Reader:
    """Reads columns out of the frames of a block."""

    def __init__(self, frames):
        refuse_unless(len(frames) > 0, "there is no frame")
        first = Bytes(frames[0])
        self.head = Bytes(first.take(first.varint()))
        self.texts = first
        self.frames = list(frames[1:])
        self.lanes = []
        self.values_left = VALUES_MAX

    def allow(self, count):
        self.values_left -= count
        refuse_unless(self.values_left >= 0, "there are too many values")

    def stream_of_numbers(self, count):
        if count < STREAM_BYTES_MIN:
            return self.head.take(count)
        refuse_unless(self.frames and len(self.frames[0]) == count, "a stream is missing")
        return self.frames.pop(0)

    def stream_of_text(self, count):
        return (self.head if count < STREAM_BYTES_MIN else self.texts).take(count)

    def stream_of_words(self, count):
        """A stream of text or of numbers, as a byte says."""
        kind = in_range(self.head.byte(), 0, 1, "a kind of stream")
        return self.stream_of_numbers(count) if kind == 1 else self.stream_of_text(count)

    def end(self):
        used = self.head.left == 0 and self.texts.left == 0 and not self.frames
        refuse_unless(used, "bytes are left over")

    def lane(self, count):
        distance = self.head.varint()
        refuse_unless(1 <= distance <= len(self.lanes), "there is no such lane")
        lane = self.lanes[-distance]
        refuse_unless(len(lane) == count, "a lane has another number of values")
        return lane

    def named(self, codecs, count):
        """What the codec has of which the number is next."""
        number = self.head.byte()
        refuse_unless(number in codecs, "there is no such codec")
        self.allow(count)
        return codecs[number](self, count)

    def integers(self, count):
        values = self.named(INTEGERS, count) if count > 0 else []
        for value in values:
            safe(value)
        self.lanes.append(values)
        return values

    def natural(self, count):
        values = self.integers(count)
        refuse_unless(all(value >= 0 for value in values), "a number is below 0")
        return values

    def longs(self, count):
        values = self.named(LONGS, count) if count > 0 else []
        return [in_range(value, -(2**63), 2**63 - 1, "a long") for value in values]

    def floats(self, count):
        return self.named(FLOATS, count) if count > 0 else []

    def strings(self, count):
        return self.named(STRINGS, count) if count > 0 else []

    def byte_strings(self, count):
        return self.named(BYTE_STRINGS, count) if count > 0 else []

    def planes(self, count):
        shape = self.head.byte()
        if shape <= 7:
            values = [0] * count
            for plane in range(shape):
                for place, byte in enumerate(self.stream_of_numbers(count)):
                    refuse_unless(plane < 6 or byte < 32, "a number is not safe")
                    values[place] += byte << (8 * plane)
            return values
        bits = {9: 1, 10: 2, 12: 4}.get(shape)
        refuse_unless(bits is not None, "there is no such shape")
        stream = self.stream_of_numbers((count * bits + 7) // 8)
        mask = (1 << bits) - 1
        return [stream[place * bits // 8] >> (place * bits % 8) & mask for place in range(count)]

    def residuals(self, count):
        return self.named({key: INTEGERS[key] for key in (0, 1, 12)}, count)

    def odd_places(self, count):
        places = []
        for step in self.head.numbers():
            refuse_unless(step > 0 or not places, "odd places do not ascend")
            places.append(in_range(step + (places[-1] if places else 0), 0, count - 1, "a place"))
        return places

    def odd_strings(self, count):
        places = self.odd_places(count)
        return dict(zip(places, strings_plain(self, len(places)))) if places else {}

    def groups(self, count, width):
        self.allow(count * width // 8)
        starts = range(0, width, 6)
        are_numbers = self.head.varint()
        refuse_unless(are_numbers < 2 ** len(starts), "there are no such groups")
        records = [bytearray(width) for _ in range(count)]
        noise = []
        for index, start in enumerate(starts):
            size = min(6, width - start)
            if are_numbers >> index & 1 == 0:
                noise.extend(range(start, start + size))
                continue
            for record, value in zip(records, self.integers(count)):
                in_range(value, 0, 256**size - 1, "a number of a group")
                record[start : start + size] = value.to_bytes(size, "big")
        if noise:
            stream = iter(self.stream_of_numbers(len(noise) * count))
            for record in records:
                for place in noise:
                    record[place] = next(stream)
        return [bytes(record) for record in records]
