import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RecordSchema } from '../../gen/es/test/v1/shapes_pb.ts';
import { Delta as DeltaMessage } from '../../gen/ts/syncdb/v1/sync.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { createSchema } from '../../src/schema/schema.ts';
import type { Delta } from '../../src/session/messages.ts';
import { createCompressors, createDeflate, createZstd } from '../../src/wire/compressor.ts';
import { deltaFromWire } from '../../src/wire/delta.ts';
import { deltas } from './support/messages.ts';
import { wireDelta } from './support/wire-rows.ts';

const compressors = createCompressors();
const schema = createSchema([RecordSchema], { limits: defaultLimits });
const reading = { schema, compressors, limits: defaultLimits };

function read(message: DeltaMessage): Delta {
  return deltaFromWire(message, reading, 'delta');
}

describe('[P16] any delta comes out as it went in', () => {
  test('as rows', () => {
    fc.assert(
      fc.property(deltas('rows'), (delta) => {
        const bytes = DeltaMessage.encode(wireDelta(delta, 'rows', createZstd())).finish();
        expect(read(DeltaMessage.decode(bytes))).toEqual(delta);
      }),
    );
  });

  test.each([
    ['packed', undefined],
    ['packed and zstd', createZstd()],
    ['packed and deflate', createDeflate()],
  ])('as %s', (_name, compressor) => {
    fc.assert(
      fc.property(deltas('packed'), (delta) => {
        const bytes = DeltaMessage.encode(wireDelta(delta, 'packed', compressor)).finish();
        expect(read(DeltaMessage.decode(bytes))).toEqual(delta);
      }),
    );
  });
});
