import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';

type Raw<Definition> = {
  readonly [Name in keyof Definition]: Definition[Name] extends MethodDefinition<
    infer _Request,
    infer _Response
  >
    ? MethodDefinition<Uint8Array, Uint8Array>
    : never;
};

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const asIs = (bytes: Buffer): Uint8Array => bytes;

/**
 * The same service with bytes in the place of messages. What does not parse is then refused by us, as
 * INVALID_ARGUMENT with a reason, where grpc-js would answer INTERNAL; and a message that goes to many streams can be
 * encoded once.
 */
export function rawService<Definition extends ServiceDefinition>(
  definition: Definition,
): Raw<Definition> {
  const methods = Object.entries(definition).map(([name, method]) => [
    name,
    {
      ...method,
      requestSerialize: asBuffer,
      requestDeserialize: asIs,
      responseSerialize: asBuffer,
      responseDeserialize: asIs,
    },
  ]);
  return Object.fromEntries(methods) as Raw<Definition>;
}
