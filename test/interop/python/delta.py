"""The rows of a Delta, out of a column block or a packed batch."""

from batch import read_batch
from reader import Reader
from source import Bytes, at, in_range, refuse_unless, unzigzag, utf8

ROWS_MAX = 65_536
ROW_KINDS = ("full", "patch", "deleted", "evicted", "own")


def read_delta(frames, schema):
    """The rows of a Delta, as dictionaries; `row` is what `schema.rows` makes of its place in a batch."""
    reader = Reader(frames)
    head = reader.head
    refuse_unless(head.byte() == 0x44, "it is none of a Delta")
    writers = reader.strings(head.varint())
    scope_sets = head.scope_sets(reader.strings(head.varint()))
    tables = []
    for _ in range(head.count()):
        name, count = head.text(), head.varint()
        refuse_unless(name in schema.fields, "the table is unknown")
        tables.append((name, count, [head.field_set() for _ in range(head.count())]))
    row_count = in_range(sum(count for _, count, _ in tables), 0, ROWS_MAX, "a number of rows")
    order = reader.integers(row_count) if len(tables) > 1 else [0] * row_count
    rows = [
        iter(read_table(reader, table, writers, scope_sets, schema)) for table in tables
    ]
    mixed = [next(at(rows, place, "table"), None) for place in order]
    refuse_unless(None not in mixed, "the order is not that of the rows")
    reader.end()
    return mixed


def read_table(reader, table, writers, scope_sets, schema):
    name, count, field_sets = table
    kinds = [at(ROW_KINDS, kind, "kind of row") for kind in reader.integers(count)]
    filled = sum(kind in ("full", "patch") for kind in kinds)
    known = count - kinds.count("evicted")
    numbers, versions = reader.natural(count), reader.natural(count)
    stamps, writer_places = iter(reader.natural(known)), iter(reader.natural(known))
    own = kinds.count("own")
    scope_places = iter(reader.natural(filled + own))
    field_places = iter(reader.natural(kinds.count("patch")))
    counters, changes = iter(reader.natural(own)), iter(reader.natural(own))
    rows = []
    for kind, number, version in zip(kinds, numbers, versions):
        row = told(kind, name, number, version)
        if kind != "evicted":
            row["stamp"] = next(stamps)
            row["writer"] = at(writers, next(writer_places), "writer")
        if kind in ("full", "patch", "own"):
            row["scopes"] = at(scope_sets, next(scope_places), "scope set")
        if kind == "patch":
            row["fields"] = at(field_sets, next(field_places), "field set")
        if kind == "own":
            row["own"] = {"counter": next(counters), "change": next(changes)}
        rows.append(row)
    if filled > 0:
        batch_count, columns = read_batch(reader, filled)
        refuse_unless(batch_count == filled, "the batch has other rows")
        with_rows = [row for row in rows if row["kind"] in ("full", "patch")]
        fields = [row["fields"] if row["kind"] == "patch" else None for row in with_rows]
        made = schema.rows(name, columns, filled, fields)
        for row, content in zip(with_rows, made):
            row["row"] = content
    return rows


def told(kind, table, number, version):
    return {
        **{"kind": kind, "table": table, "number": number, "version": version},
        **{"stamp": 0, "writer": "", "fields": [], "scopes": [], "row": b""},
    }


def read_packed(source, team_tables):
    """The rows of a packed batch of either version, as `read_delta` gives them, with their bytes."""
    batch = Bytes(source)
    refuse_unless(batch.byte() == 0x50, "it is no packed batch")
    version = in_range(batch.byte(), 1, 2, "a version")
    tables = []
    for _ in range(batch.count()):
        if version == 1:
            tables.append(batch.text())
            continue
        half, is_name = divmod(batch.varint(), 2)
        tables.append(utf8(batch.take(half)) if is_name else at(team_tables, half, "table"))
    writers = [batch.text() for _ in range(batch.count())]
    scope_sets = batch.scope_sets([batch.text() for _ in range(batch.count())])
    field_sets = [batch.field_set() for _ in range(batch.count())]
    count = in_range(batch.varint(), 0, ROWS_MAX, "a number of rows")

    def runs(length):
        if version == 2 and length == 1:
            return iter([batch.varint()])
        values = []
        while len(values) < length:
            span, is_same = divmod(batch.varint(), 2)
            in_range(span, 1, length - len(values), "a span")
            if is_same:
                values.extend([batch.varint()] * span)
            else:
                values.extend(batch.varint() for _ in range(span))
        return iter(values)

    known_kinds = ROW_KINDS if version == 2 else ROW_KINDS[:4]
    kinds = [at(known_kinds, kind - 1, "kind of row") for kind in runs(count)]
    own = kinds.count("own")
    filled = sum(kind in ("full", "patch") for kind in kinds)
    known = count - kinds.count("evicted")
    table_places, numbers, versions = runs(count), runs(count), runs(count)
    stamps, writer_places = runs(known), runs(known)
    scope_places, field_places = runs(filled + own), runs(kinds.count("patch"))
    lengths, counters, changes = runs(filled), runs(own), runs(own)

    last_numbers = {}
    last_version = last_stamp = last_counter = 0
    rows = []
    for kind in kinds:
        table = at(tables, next(table_places), "table")
        last_numbers[table] = after(last_numbers.get(table, 0), next(numbers))
        last_version = after(last_version, next(versions))
        row = told(kind, table, last_numbers[table], last_version)
        if kind != "evicted":
            last_stamp = row["stamp"] = after(last_stamp, next(stamps))
            row["writer"] = at(writers, next(writer_places), "writer")
        if kind in ("full", "patch", "own"):
            row["scopes"] = at(scope_sets, next(scope_places), "scope set")
        if kind in ("full", "patch"):
            row["row"] = batch.take(next(lengths))
        if kind == "own":
            last_counter = after(last_counter, next(counters))
            row["own"] = {"counter": last_counter, "change": next(changes)}
        if kind == "patch":
            row["fields"] = at(field_sets, next(field_places), "field set")
        rows.append(row)
    refuse_unless(batch.left == 0, "bytes are left over")
    return rows


def after(number, step):
    return (number + unzigzag(step)) % 2**53
