"""The codecs of byte strings and strings, by their numbers: functions of a reader and of how many values there are."""

from source import Bytes, at, from_utf16, in_range, refuse_unless, utf8, utf16


def cut(source, lengths, unit=1):
    """Cuts what comes to just these lengths."""
    refuse_unless(sum(lengths) * unit == len(source), "lengths are not those of the bytes")
    pieces = []
    start = 0
    for length in lengths:
        pieces.append(source[start : start + length * unit])
        start += length * unit
    return pieces


def bytes_plain(reader, count):
    lengths = reader.natural(count)
    return cut(reader.stream_of_words(sum(lengths)), lengths)


def bytes_fixed(reader, count):
    return reader.groups(count, in_range(reader.head.varint(), 1, 64, "a width"))


def bytes_codes(reader, count):
    size = in_range(reader.head.varint(), 1, count, "a number of codes")
    distinct = reader.named({0: bytes_plain, 1: bytes_fixed}, size)
    return [at(distinct, place, "code") for place in reader.integers(count)]


def bytes_constant(reader, count):
    return [reader.head.take(reader.head.varint())] * count


BYTE_STRINGS = {0: bytes_plain, 1: bytes_fixed, 2: bytes_codes, 3: bytes_constant}


def plain_units(reader, count):
    """As UTF-16, which may be cut within a pair."""
    size = reader.head.varint()
    lengths = reader.natural(count)
    return cut(utf16(utf8(reader.stream_of_text(size))), lengths, 2)


def strings_plain(reader, count):
    return [from_utf16(units) for units in plain_units(reader, count)]


def strings_codes(reader, count):
    size = in_range(reader.head.varint(), 1, count, "a number of codes")
    distinct = reader.named({key: STRINGS[key] for key in (0, 2, 4, 5, 6)}, size)
    return [at(distinct, place, "code") for place in reader.integers(count)]


def strings_front(reader, count):
    shared = reader.integers(count)
    strings = []
    last = b""
    for length, rest in zip(shared, plain_units(reader, count)):
        in_range(2 * length, 0, len(last), "what a string shares")
        reader.allow(length // 8)
        # Both parts are whole characters.
        strings.append(from_utf16(last[: 2 * length]) + from_utf16(rest))
        last = utf16(strings[-1])
    return strings


def digits_uuid(record, digits):
    text = digits(record)
    return "-".join([text[:8], text[8:12], text[12:16], text[16:20], text[20:]])


def hexadecimal(record):
    return record.hex()


def base_32(record):
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    number = int.from_bytes(record, "big")
    return "".join(alphabet[number >> (5 * place) & 31] for place in range(25, -1, -1))


def strings_of_bytes(format_record, known_width=None):
    def read(reader, count):
        is_upper = in_range(reader.head.byte(), 0, 1, "a kind of letters") == 1
        prefix = reader.head.text()
        width = known_width or in_range(reader.head.varint(), 0, 64, "a width")
        odd = reader.odd_strings(count)
        records = reader.groups(count, width)
        reader.allow(count * (len(prefix.encode()) + len(format_record(bytes(width)))) // 8)
        strings = []
        for place, record in enumerate(records):
            digits = format_record(record)
            digits = digits.upper() if is_upper else digits.lower()
            strings.append(odd.get(place, prefix + digits))
        return strings

    return read


def civil(day):
    """Year, month and day of the month, in the proleptic Gregorian calendar."""
    cycle, rest = divmod(day + 719_528, 146_097)
    year = 400 * cycle
    while rest >= year_length(year):
        rest -= year_length(year)
        year += 1
    in_range(year, 0, 9999, "a year")
    february = 29 if year_length(year) == 366 else 28
    for month, length in enumerate([31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], 1):
        if rest < length:
            return year, month, rest + 1
        rest -= length
    raise AssertionError("a year has no more days")


def year_length(year):
    return 366 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 365


def moment_numbers(moment, size, order, fraction_digits):
    behind = []
    for radix in reversed([24, 60, 60, 10**fraction_digits][: size - 3]):
        moment, number = divmod(moment, radix)
        behind.insert(0, number)
    year, month, day = civil(moment)
    date = [[year, month, day], [day, month, year], [month, day, year]][order]
    return date + behind


def strings_template(reader, count):
    head = reader.head
    parts = []
    for _ in range(in_range(head.varint(), 0, 32, "a number of parts")):
        kind = in_range(head.byte(), 0, 16, "a kind of part")
        parts.append((kind, head.text() if kind == 0 else None))
    open_kinds = [kind for kind, _ in parts if kind != 0]
    size = head.varint()
    refuse_unless(size in (0, 3, 5, 6, 7), "there is no such moment")
    first, order = (head.varint(), in_range(head.varint(), 0, 2, "an order")) if size else (None, 0)
    fraction_digits = 0
    if size:
        numbers = open_kinds[first : first + size]
        fits = len(numbers) == size and all(kind >= 2 for kind in numbers)
        refuse_unless(fits, "a moment has other parts")
        if size == 7:
            fraction_digits = in_range(numbers[-1] - 1, 0, 6, "a number of digits")
    odd = reader.odd_strings(count)

    columns = []
    while len(columns) < len(open_kinds):
        if len(columns) == first:
            moments = reader.integers(count)
            reader.allow(size * count)
            rows = [moment_numbers(each, size, order, fraction_digits) for each in moments]
            columns.extend([row[index] for row in rows] for index in range(size))
        elif open_kinds[len(columns)] == 1:
            codecs = {key: STRINGS[key] for key in (0, 1, 2)}
            texts = iter(reader.named(codecs, count - len(odd)))
            columns.append([None if place in odd else next(texts) for place in range(count)])
        else:
            numbers = reader.natural(count)
            columns.append([in_range(each, 0, 10**15 - 1, "a number") for each in numbers])

    strings = []
    for place in range(count):
        if place in odd:
            strings.append(odd[place])
            continue
        values = (column[place] for column in columns)
        string = ""
        for kind, literal in parts:
            if kind == 0:
                string += literal
            elif kind == 1:
                string += next(values)
            else:
                string += str(next(values)).zfill(kind - 1)
        reader.allow(len(string) // 8)
        strings.append(string)
    return strings


def is_letter(byte):
    return byte >= 0x80 or chr(byte).isalnum() or byte in b"_'"


def kind_of_word(word):
    if not word:
        return "empty"
    if is_letter(word[0]):
        return "inner"
    return "stop" if any(byte in b".!?\n" for byte in word) else "gap"


def dictionary_of(source, size):
    words = []
    rest = Bytes(source)
    while rest.left > 0:
        byte = rest.byte()
        if byte == 31:
            byte = in_range(rest.byte(), 64, 95, "a byte of a word") - 64
        elif byte < 31:
            last = words[-1] if words else b""
            refuse_unless(byte <= len(last), "a word shares too much")
            words.append(bytearray(last[:byte]))
            continue
        refuse_unless(words, "a byte is of no word")
        words[-1].append(byte)
    refuse_unless(len(words) == size, "there are other words")
    for word in words:
        utf8(bytes(word))
    return words


def strings_words(reader, count):
    head = reader.head
    capitals = in_range(head.byte(), 0, 1, "capitals") == 1
    size = in_range(head.varint(), 0, 65_281, "a number of words")
    source = reader.stream_of_text(head.varint())
    reader.allow((len(source) + 31 * size) // 8)
    dictionary = dictionary_of(source, size)
    kinds = [kind_of_word(word) for word in dictionary]
    counts = reader.natural(count)

    limit = 256 - max(0, -((256 - size) // 255))
    firsts = reader.stream_of_numbers(sum(counts))
    seconds = iter(reader.stream_of_numbers(sum(first >= limit for first in firsts)))
    places = iter(
        first if first < limit else limit + (first - limit) * 256 + next(seconds)
        for first in firsts
    )

    strings = []
    for words in counts:
        string = bytearray()
        start, behind = capitals, False
        for _ in range(words):
            place = next(places)
            word = at(dictionary, place, "word")
            if kinds[place] == "inner":
                if behind:
                    string += b" "
                elif start and word[0] in range(0x61, 0x7B):
                    word = word[:1].upper() + word[1:]
                start, behind = False, True
            else:
                behind = False
                if kinds[place] == "stop":
                    start = capitals
                elif kinds[place] == "empty":
                    start = False
            string += word
        reader.allow(len(string) // 8)
        strings.append(utf8(bytes(string)))
    return strings


STRINGS = {
    0: strings_plain,
    1: strings_codes,
    2: strings_front,
    3: strings_template,
    4: strings_of_bytes(lambda record: digits_uuid(record, hexadecimal), 16),
    5: strings_of_bytes(base_32, 16),
    6: strings_of_bytes(hexadecimal),
    7: lambda reader, count: [reader.head.text()] * count,
    8: strings_words,
}
