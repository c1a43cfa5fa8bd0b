"""
Reads vectors and holds them against the values that stand beside them: those of test/vectors, or of the folder that is given.
Prints a line for each file.
"""

import json
import pathlib
import struct
import sys

from batch import read_batch
from block import frames_of
from delta import ROWS_MAX, read_delta, read_packed
from reader import Reader
from rows import Schema
from source import Refused

VECTORS = pathlib.Path(__file__).resolve().parents[2] / "vectors"


def load(folder, name):
    return json.loads((folder / name).read_text(encoding="utf-8"))


SCHEMA = Schema(load(VECTORS, "columns-1/schema.json"))


def frames_in(vector):
    return [bytes.fromhex(frame) for frame in vector["frames"]]


def read_column(reader, kind, count):
    read = {
        "integers": reader.integers,
        "longs": reader.longs,
        "floats": reader.floats,
        "texts": reader.strings,
        "bytes": reader.byte_strings,
    }
    return as_json(kind, read[kind](count))


def as_json(kind, values):
    if kind == "longs":
        return [str(value) for value in values]
    if kind == "floats":
        return [bits_of_double(value) for value in values]
    if kind == "bytes":
        return [value.hex() for value in values]
    return list(values)


def bits_of_double(value):
    return "7ff8000000000000" if value != value else struct.pack(">d", value).hex()


def check_columns(vector):
    reader = Reader(frames_in(vector))
    for column in vector["columns"]:
        same(read_column(reader, column["kind"], len(column["values"])), column["values"])
    reader.end()


def values_json(values):
    if values.kind == "list":
        return {"kind": "list", "lengths": values.lengths, "items": values_json(values.items)}
    if values.kind == "group":
        inner = [column_json(column) for column in values.items]
        return {"kind": "group", "count": values.count, "columns": inner}
    if values.kind == "coded":
        codec, written = values.items
        return {"kind": "coded", "count": values.count, "codec": codec, "bytes": written.hex()}
    return {"kind": values.kind, "values": as_json(values.kind, values.items)}


def column_json(column):
    told = {"number": column.number, "column": values_json(column.values)}
    if column.present is not None:
        told["present"] = "".join("1" if each else "0" for each in column.present)
    return told


def check_batch(vector):
    reader = Reader(frames_in(vector))
    count, read = read_batch(reader, ROWS_MAX)
    reader.end()
    same(count, vector["rowCount"])
    same([column_json(column) for column in read], vector["columns"])


def check_delta(vector):
    check_rows(read_delta(frames_in(vector), SCHEMA), vector["rows"])


def check_packed(vector):
    source = bytes.fromhex(vector["hex"])
    check_rows(read_packed(source, vector.get("teamTables", [])), vector["rows"])


def check_rows(rows, expected):
    same(len(rows), len(expected))
    for row, wanted in zip(rows, expected):
        told = {**row, "row": row["row"].hex()}
        # Keys are not sent, and `message` is the row in JSON, for people.
        same(told, {key: each for key, each in wanted.items() if key not in ("key", "message")})


def check_block(vector):
    # Python's standard library has no zstd.
    if vector["name"].startswith("zstd"):
        return "skipped"
    same(frames_of(bytes.fromhex(vector["block"])), frames_in(vector))
    return None


def check_refused(vector):
    try:
        if "block" in vector:
            frames_of(bytes.fromhex(vector["block"]))
        elif "columns" not in vector:
            read_delta(frames_in(vector), SCHEMA)
        else:
            reader = Reader(frames_in(vector))
            for column in vector["columns"]:
                read_column(reader, column["kind"], column["count"])
            reader.end()
    except Refused:
        return
    raise AssertionError("was not refused")


def same(found, expected):
    if found != expected:
        raise AssertionError(f"{str(found)[:500]} is not {str(expected)[:500]}")


FILES = {
    "columns-1/integers.json": check_columns,
    "columns-1/longs.json": check_columns,
    "columns-1/floats.json": check_columns,
    "columns-1/texts.json": check_columns,
    "columns-1/bytes.json": check_columns,
    "columns-1/batches.json": check_batch,
    "columns-1/deltas.json": check_delta,
    "columns-1/blocks.json": check_block,
    "columns-1/refused.json": check_refused,
    "packed-1.json": check_packed,
    "packed-2.json": check_packed,
}


def main(folder):
    failed = 0
    for name, check in FILES.items():
        if not (folder / name).exists():
            continue
        passed = skipped = 0
        file = load(folder, name)
        # A file of one vector is that vector.
        for vector in file.get("vectors", [{"name": "all of it", **file}]):
            try:
                if check(vector) == "skipped":
                    skipped += 1
                else:
                    passed += 1
            except Exception as error:  # Whatever is wrong with one, the others are told as well.
                failed += 1
                print(f"FAILED {name}: {vector['name']}: {type(error).__name__} {error}")
        print(f"ok {name} {passed} read, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else VECTORS))
