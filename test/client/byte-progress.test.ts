import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteProgress } from '../../src/client/byte-progress.ts';

test('what is left is reckoned by the rows that came over this link', () => {
  const bytes = new ByteProgress();
  bytes.received(1_000);
  expect(bytes.of({ rowsDone: 10, rowsLeft: 30 })).toEqual({
    ...{ rowsDone: 10, rowsLeft: 30 },
    ...{ bytesDone: 1_000, bytesLeft: 3_000 },
  });
  bytes.received(500);
  expect(bytes.of({ rowsDone: 20, rowsLeft: 20 })).toMatchObject({
    bytesDone: 1_500,
    bytesLeft: 1_000,
  });
  bytes.begin();
  expect(bytes.of({ rowsDone: 0, rowsLeft: 5 })).toMatchObject({ bytesDone: 0, bytesLeft: 0 });
});

test('[P25] bytes never go backwards, and none are left where no row is', () => {
  const messages = fc.array(fc.record({ bytes: fc.nat(1e6), rows: fc.nat(1_000) }), {
    minLength: 1,
  });
  fc.assert(
    fc.property(messages, fc.nat(1e6), (list, before) => {
      const bytes = new ByteProgress();
      let rowsLeft = list.reduce((sum, { rows }) => sum + rows, 0);
      let rowsDone = before;
      let bytesDone = 0;
      for (const { bytes: came, rows } of list) {
        bytes.received(came);
        rowsDone += rows;
        rowsLeft -= rows;
        const progress = bytes.of({ rowsDone, rowsLeft });
        expect(progress.bytesDone).toBeGreaterThanOrEqual(bytesDone);
        ({ bytesDone } = progress);
        expect(progress.bytesLeft).toBeGreaterThanOrEqual(0);
        if (rowsLeft === 0) expect(progress.bytesLeft).toBe(0);
      }
    }),
  );
});
