import { expect, test } from 'vitest';
import { ByteWriter } from '../../../src/base/bytes.ts';
import { columnDepthMax } from '../../../src/table/batch/column-form.ts';
import { testTable } from '../../support/schema-tables.ts';
import { cellsBack, columnsFor } from './support/batch-scene.ts';

const shapes = testTable('Shapes');

/** A place in so many others, the first of them in field 42. */
function nested(depth: number): Uint8Array {
  let message = new Uint8Array(0);
  for (let left = depth; left > 0; left--) {
    const out = new ByteWriter();
    out.varint((left === 1 ? 42 : 4) * 8 + 2);
    out.lengthBytes(message);
    message = out.finish();
  }
  return message;
}

test('[P16] messages that are nested too deep travel as bytes', () => {
  const opening = (depth: number) => `42 {${'4 {'.repeat(depth - 1)}`;
  const [deepest] = columnsFor(shapes, 'place', [nested(columnDepthMax)]);
  expect(deepest).toBe(`${opening(columnDepthMax)}${'}'.repeat(columnDepthMax)}`);
  const [deeper] = columnsFor(shapes, 'place', [nested(columnDepthMax + 1)]);
  expect(deeper).toBe(`${opening(columnDepthMax)}4 bytes${'}'.repeat(columnDepthMax)}`);
  const cells = [nested(columnDepthMax), nested(64), nested(1)];
  expect(cellsBack(shapes, 'place', cells)).toEqual(cells);
});
