"""Batches: rows by their columns."""

from source import at, in_range, refuse_unless, safe

DEPTH_MAX = 32
KINDS = ("integers", "longs", "floats", "texts", "bytes", "list", "group", "coded")


class Column:
    """A column of a batch: its number, of each row whether it has a value (or None where all have), and the values."""

    def __init__(self, number, present, values):
        self.number = number
        self.present = present
        self.values = values
        # Of each row where its value is, or None.
        self.places = None
        if present is not None:
            places = iter(range(len(present)))
            self.places = [next(places) if each else None for each in present]

    @property
    def field(self):
        return self.number % 2**29

    @property
    def form(self):
        return self.number // 2**29

    def place(self, row):
        return row if self.places is None else self.places[row]


class Values:
    """
    Values of one kind: `items` are those of integers to bytes, the values of all lists, the columns of a group, or the name of a codec
    and what it has written.
    """

    def __init__(self, kind, count, items, lengths=None):
        self.kind = kind
        self.count = count
        self.items = items
        self.lengths = lengths


def read_batch(reader, rows_max):
    rows = in_range(reader.head.varint(), 0, rows_max, "a number of rows")
    return rows, read_columns(reader, rows, DEPTH_MAX)


def read_columns(reader, rows, depth):
    columns = []
    number = 0
    for _ in range(reader.head.count()):
        skipped, tag = divmod(reader.head.varint(), 16)
        number = safe(number + 1 + skipped)
        present = None
        if tag >= 8:
            present = [in_range(each, 0, 1, "a presence") == 1 for each in reader.integers(rows)]
        count = rows if present is None else sum(present)
        columns.append(Column(number, present, read_values(reader, tag % 8, count, depth)))
    return columns


def read_values(reader, number, count, depth):
    kind = at(KINDS, number, "kind")
    flat = {
        "integers": reader.integers,
        "longs": reader.longs,
        "floats": reader.floats,
        "texts": reader.strings,
        "bytes": reader.byte_strings,
    }
    if kind in flat:
        return Values(kind, count, flat[kind](count))
    if kind == "coded":
        reader.allow(count)
        codec = reader.head.text()
        return Values(kind, count, (codec, reader.stream_of_words(reader.head.varint())))
    refuse_unless(depth > 0, "columns are nested too deep")
    if kind == "list":
        lengths = reader.natural(count)
        item_kind = reader.head.byte()
        items = read_values(reader, item_kind, sum(lengths), depth - 1)
        return Values(kind, count, items, lengths)
    reader.allow(count)
    return Values(kind, count, read_columns(reader, count, depth - 1))
