import fc from 'fast-check';

const kinds = fc.constantFrom<fc.Arbitrary<Uint8Array>>(
  fc.uint8Array({ maxLength: 40 }),
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
  fc.uint8Array({ minLength: 1, maxLength: 1 }),
  fc.constantFrom(new Uint8Array(0), Uint8Array.of(0), Uint8Array.of(0, 255)),
  fc.uint8Array({ minLength: 250, maxLength: 600 }),
);

/** Byte strings mostly of one kind, in any order, some of them again. */
export const anyByteStrings: fc.Arbitrary<Uint8Array[]> = kinds.chain((kind) => {
  const bytes = fc.oneof({ weight: 30, arbitrary: kind }, fc.uint8Array({ maxLength: 3 }));
  const column = fc.oneof(fc.array(bytes, { maxLength: 8 }), fc.array(kind, { maxLength: 80 }));
  return fc
    .tuple(column, fc.boolean())
    .map(([values, again]) => (again ? [...values, ...values, ...values.slice(0, 3)] : values));
});
