"""
Makes rows of Protocol Buffers out of the columns of a batch, as docs/columns.md says. Without a protobuf library it takes records and
whole messages as they are: it does not look whether they are of their type.
"""

import struct

from number_codecs import single
from source import in_range, refuse_unless, utf16

TIMESTAMP = "google.protobuf.Timestamp"
DURATION = "google.protobuf.Duration"
STRUCT = "google.protobuf.Struct"

# What each kind of field is as columns, and the range of those that are integers.
KIND_OF_FIELD = {
    "bool": "integers",
    "int32": "integers",
    "uint32": "integers",
    "enum": "integers",
    "int64": "longs",
    "uint64": "longs",
    "time": "longs",
    "float": "floats",
    "double": "floats",
    "string": "texts",
    "bytes": "bytes",
}
RANGES = {"bool": (0, 1), "int32": (-(2**31), 2**31 - 1), "uint32": (0, 2**32 - 1)}
RANGES["enum"] = RANGES["int32"]

WIRE_TYPES = {"varint": 0, "zigzag": 0, "fixed64": 1, "text": 2, "bytes": 2, "fixed32": 5}


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def with_length(content):
    return varint(len(content)) + content


class Schema:
    """The messages of a schema, by their full names: a list of fields for each."""

    def __init__(self, messages):
        self.fields = {
            name: {field["number"]: field for field in fields} for name, fields in messages.items()
        }

    def rows(self, table, columns, count, fields):
        """The bytes of each row of a batch. `fields` are those that each row names where it is a patch, else None."""
        defs = self.fields[table]
        for column in columns:
            refuse_unless(column.field in defs, "the table has no such field")
        check_apart(columns, count)
        for oneof in {field["oneof"] for field in defs.values() if "oneof" in field}:
            members = [each for each in columns if defs[each.field].get("oneof") == oneof]
            check_apart(members, count, any_field=True)
        for number, field in defs.items():
            always = not any(field.get(key) for key in ("presence", "repeated"))
            forms = [column for column in columns if column.field == number]
            for row in range(count):
                named = fields[row] is None or number in fields[row]
                has = any(column.place(row) is not None for column in forms)
                refuse_unless(named or not has, "a patch has a field that it does not name")
                if always and forms and named:
                    refuse_unless(has, "a value is missing that is always there")
        writers = [
            (column, self.field_writer(defs[column.field], column, is_of_table=True))
            for column in sorted(columns, key=lambda column: column.field)
        ]
        return [message_bytes(writers, row) for row in range(count)]

    def field_writer(self, field, column, is_of_table=False):
        """A function from a place to the records of the field there."""
        values = column.values
        if column.form == 1:
            refuse_unless(values.kind == "bytes", "records are byte strings")
            return lambda place: values.items[place]
        refuse_unless(field is not None, "there is no such field")
        number = field["number"]
        repeated = field.get("repeated", False)
        wire_type = WIRE_TYPES.get(field.get("wire"), 2)
        packable = repeated and wire_type != 2
        # Codecs of teams, form 3, are not read here.
        refuse_unless(column.form == 0 or (column.form == 2 and packable), "there is no such form")
        tag = varint(number << 3 | wire_type)
        if not repeated:
            value = self.value_writer(field, values)
            skips = is_of_table and not field.get("presence")
            return lambda place: b"" if skips and is_default(values, place) else tag + value(place)
        refuse_unless(values.kind == "list", "the field is a list")
        refuse_unless(0 not in values.lengths, "a list has no items")
        value = self.value_writer(field, values.items)
        starts = [0]
        for length in values.lengths:
            starts.append(starts[-1] + length)

        def items(place):
            return [value(item) for item in range(starts[place], starts[place + 1])]

        if packable and column.form == 0:
            packed_tag = varint(number << 3 | 2)
            return lambda place: packed_tag + with_length(b"".join(items(place)))
        return lambda place: b"".join(tag + item for item in items(place))

    def value_writer(self, field, values):
        """A function from a place to what stands behind the tag."""
        kind = field["kind"]
        if kind == "message" or (kind == "time" and values.kind != "longs"):
            return self.message_writer(field["message"], values)
        refuse_unless(KIND_OF_FIELD[kind] == values.kind, f"{values.kind} are no {kind}")
        if kind == "time":
            return lambda place: with_length(time_bytes(field["message"], values.items[place]))
        if kind in RANGES:
            for value in values.items:
                in_range(value, *RANGES[kind], f"a value of {kind}")
        if kind == "float":
            fits = all(value != value or single(value) == value for value in values.items)
            refuse_unless(fits, "a float has more than 32 bits")
        wire = field["wire"]
        return lambda place: scalar_bytes(kind, wire, values.items[place])

    def message_writer(self, name, values):
        if values.kind == "bytes":
            return lambda place: with_length(values.items[place])
        if values.kind == "longs":
            refuse_unless(name in (TIMESTAMP, DURATION), "longs are no such message")
            return lambda place: with_length(time_bytes(name, values.items[place]))
        refuse_unless(values.kind == "group", f"{values.kind} are no messages")
        content = self.struct_writer if name == STRUCT else self.group_writer
        write = content(name, values.items, values.count)
        return lambda place: with_length(write(place))

    def group_writer(self, name, columns, count):
        fields = self.fields[name]
        check_apart(columns, count)
        whole = [column for column in columns if column.field == 0]
        for column in columns:
            refuse_unless(column.field > 0 or column.form == 1, "there is no field 0")
            if column.field > 0:
                check_apart([*whole, column], count, any_field=True)
        writers = [
            (column, self.field_writer(fields.get(column.field), column))
            for column in sorted(columns, key=lambda column: column.field)
        ]
        return lambda row: message_bytes(writers, row)

    def struct_writer(self, name, columns, count):
        shapes = [column for column in columns if column.number == 2]
        firsts = [column for column in columns if column.number == 3]
        of_keys = [column for column in columns if 4 <= column.number < 2**29]
        others = [column for column in columns if column.number not in (2, 3) and column not in of_keys]
        by_field = self.group_writer(name, others, count)
        if not shapes:
            refuse_unless(not firsts and not of_keys, "a Struct has no shape")
            return by_field
        refuse_unless(len(firsts) == 1, "shapes have no keys")
        (shape_column,), (first_column,) = shapes, firsts
        keys, shape_keys = keys_of(first_column.values)
        numbers = [column.number - 4 for column in of_keys]
        refuse_unless(numbers == list(range(len(keys))), "a key has no column")
        value_field = {"number": 2, "kind": "message", "message": "google.protobuf.Value"}
        writers = [self.value_writer(value_field, column.values) for column in of_keys]
        shape_of = []
        known = 0
        refuse_unless(shape_column.values.kind == "integers", "shapes are integers")
        for row in range(count):
            place = shape_column.place(row)
            shape = None if place is None else shape_column.values.items[place]
            if first_column.place(row) is not None:
                refuse_unless(shape == known, "shapes are not in order")
                known += 1
            refuse_unless(shape is None or 0 <= shape < known, "there is no such shape")
            mine = [] if shape is None else shape_keys[shape]
            has = [key for key, column in enumerate(of_keys) if column.place(row) is not None]
            refuse_unless(sorted(mine) == has, "a Struct has not the values of its shape")
            shape_of.append(None if shape is None else mine)
        for column in others:
            check_apart([shape_column, column], count, any_field=True)

        def write(row):
            if shape_of[row] is None:
                return by_field(row)
            entries = []
            for key in shape_of[row]:
                value = writers[key](of_keys[key].place(row))
                entry = b"\x0a" + with_length(keys[key].encode()) + b"\x12" + value
                entries.append(b"\x0a" + with_length(entry))
            return b"".join(entries)

        return write


def keys_of(values):
    """The keys by their numbers, and of each shape the numbers of its keys."""
    refuse_unless(values.kind == "list" and values.items.kind == "texts", "keys are strings")
    keys = []
    shapes = []
    start = 0
    for length in values.lengths:
        shape = values.items.items[start : start + length]
        refuse_unless(len(set(shape)) == length, "a Struct has a key twice")
        start += length
        keys.extend(key for key in shape if key not in keys)
        shapes.append([keys.index(key) for key in shape])
    return keys, shapes


def check_apart(columns, count, any_field=False):
    """Refuses a row that has two forms of a field."""
    taken = set()
    for column in columns:
        for row in range(count):
            if column.place(row) is None:
                continue
            key = row if any_field else (row, column.field)
            refuse_unless(key not in taken, "a row has two values")
            taken.add(key)


def message_bytes(writers, row):
    parts = []
    for column, write in writers:
        place = column.place(row)
        if place is not None:
            parts.append(write(place))
    return b"".join(parts)


def is_default(values, place):
    value = values.items[place]
    if values.kind == "floats":
        return struct.pack("<d", value) == bytes(8)
    return value in (0, "", b"")


def time_bytes(name, nanoseconds):
    seconds, nanos = divmod(nanoseconds, 10**9)
    if name == DURATION and seconds < 0 and nanos > 0:
        # Towards 0.
        seconds, nanos = seconds + 1, nanos - 10**9
    parts = [(b"\x08", seconds), (b"\x10", nanos)]
    return b"".join(tag + varint(part % 2**64) for tag, part in parts if part != 0)


def scalar_bytes(kind, wire, value):
    if kind == "string":
        refuse_unless(utf16(value) is not None, "a string is not well-formed")
        return with_length(value.encode())
    if kind == "bytes":
        return with_length(value)
    if kind == "float":
        return b"\x00\x00\xc0\x7f" if value != value else struct.pack("<f", value)
    if kind == "double":
        return bytes(6) + b"\xf8\x7f" if value != value else struct.pack("<d", value)
    if wire == "fixed32":
        return struct.pack("<I", value % 2**32)
    if wire == "fixed64":
        return struct.pack("<Q", value % 2**64)
    if wire == "zigzag":
        return varint(-2 * value - 1 if value < 0 else 2 * value)
    return varint(value % 2**64)
