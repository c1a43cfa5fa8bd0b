"""Bytes that are read from the front, and what is refused of them."""

SAFE_MAX = 2**53 - 1


class Refused(Exception):
    """Bytes that no writer has written."""


def refuse_unless(condition, problem):
    if not condition:
        raise Refused(problem)


class Bytes:
    """Bytes that are read from the front."""

    def __init__(self, source):
        self.source = bytes(source)
        self.at = 0

    @property
    def left(self):
        return len(self.source) - self.at

    def take(self, count):
        refuse_unless(count <= self.left, "the bytes end too early")
        self.at += count
        return self.source[self.at - count : self.at]

    def byte(self):
        return self.take(1)[0]

    def varint(self, bytes_max=8, limit=2**53):
        value = 0
        for index in range(bytes_max):
            byte = self.byte()
            value |= (byte & 0x7F) << (7 * index)
            if byte < 0x80:
                refuse_unless(value < limit, "a number is too large")
                return value
        raise Refused("a number has too many bytes")

    def signed(self):
        return safe(unzigzag(self.varint(10, 2**64)))

    def count(self):
        """That of a list, each item of which takes a byte or more."""
        count = self.varint()
        refuse_unless(count <= self.left, "a list is longer than the bytes")
        return count

    def text(self):
        return utf8(self.take(self.varint()))

    def numbers(self):
        return [self.varint() for _ in range(self.count())]

    def field_set(self):
        numbers = []
        for step in self.numbers():
            numbers.append(step + (numbers[-1] if numbers else 0))
            refuse_unless(step > 0 and numbers[-1] < 2**29, "fields do not ascend")
        return numbers

    def scope_sets(self, scopes):
        sets = [self.numbers() for _ in range(self.count())]
        return [[at(scopes, place, "scope") for place in each] for each in sets]


def unzigzag(number):
    return number // 2 if number % 2 == 0 else -(number + 1) // 2


def safe(value):
    refuse_unless(-SAFE_MAX <= value <= SAFE_MAX, "a number is not safe")
    return value


def in_range(value, least, most, what):
    refuse_unless(least <= value <= most, f"{what} is out of range")
    return value


def at(items, place, what):
    refuse_unless(0 <= place < len(items), f"there is no such {what}")
    return items[place]


def utf8(source):
    try:
        return source.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("a string is not UTF-8") from error


def utf16(text):
    """Two bytes for each unit."""
    return text.encode("utf-16-le")


def from_utf16(units):
    try:
        return units.decode("utf-16-le")
    except UnicodeDecodeError as error:
        raise Refused("a string ends within a pair") from error
