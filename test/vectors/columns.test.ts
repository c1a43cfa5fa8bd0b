/** That blocks of today are read for ever: by this package, and by whoever follows docs/columns.md. */
import { describe, expect, test } from 'vitest';
import { BlockReader } from '../../src/codec/block-reader.ts';
import { BlockWriter } from '../../src/codec/block-writer.ts';
import { type Level, Plan } from '../../src/codec/plan.ts';
import { bytesOf, type ColumnJson, columnJson, columnOf } from './support/column-json.ts';
import {
  codecsOf,
  type FamilyName,
  type FlatColumn,
  readColumn,
  writeColumn,
} from './support/families.ts';
import { vectorsOf } from './support/vector-file.ts';

type FlatJson = Extract<ColumnJson, { readonly kind: FamilyName }>;

interface ColumnVector {
  readonly name: string;
  /** `codec` is the one that has to be in the vector. */
  readonly columns: readonly (FlatJson & { readonly codec?: string })[];
  readonly frames: readonly string[];
}

const valuesMax = 100_000;
const families = Object.keys(codecsOf) as FamilyName[];
const vectors = families.flatMap((family) =>
  vectorsOf<ColumnVector>(`columns-1/${family}.json`).map((vector) => ({ family, ...vector })),
);

/** The columns of a block, and the codec that each begins with. */
function readAll(frames: readonly Uint8Array[], columns: ColumnVector['columns']) {
  const reader = new BlockReader(frames, valuesMax);
  const { head } = reader;
  const read = columns.map(({ kind, values }) => {
    const id = values.length === 0 ? undefined : head.source[head.position];
    const codec = codecsOf[kind].find((each) => each.id === id)?.name;
    return { column: columnJson(readColumn(reader, kind, values.length)), codec };
  });
  reader.end();
  return read;
}

describe('[P5] the vectors of columns', () => {
  test.each(vectors)('are read as they say: $family, $name', ({ columns, frames }) => {
    const read = readAll(frames.map(bytesOf), columns);
    columns.forEach(({ codec, ...column }, at) => {
      expect(read[at]!.column).toEqual(column);
      if (codec !== undefined) expect(read[at]!.codec).toBe(codec);
    });
  });

  test.each(families)('have a case for each codec of %s', (family) => {
    const shown = vectors.flatMap(({ columns, frames }) =>
      readAll(frames.map(bytesOf), columns).flatMap(({ column, codec }) =>
        column.kind === family && codec !== undefined ? [codec] : [],
      ),
    );
    const all = codecsOf[family].map(({ name }) => name);
    expect(all.filter((name) => !shown.includes(name))).toEqual([]);
  });

  test.each<Level>(['fast', 'balanced', 'small'])(
    'are written so that they come back, at %s',
    (level) => {
      for (const { columns } of vectors) {
        const out = new BlockWriter();
        for (const column of columns) {
          writeColumn(out, columnOf(column) as FlatColumn, new Plan(level));
        }
        const read = readAll(
          out.frames().map(({ bytes }) => bytes),
          columns,
        );
        const expected = columns.map(({ codec: _, ...column }) => column);
        expect(read.map(({ column }) => column)).toEqual(expected);
      }
    },
  );
});
