/** The protocol as another implementation reads it: protobuf-es over the committed descriptor image. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createFileRegistry,
  type DescMessage,
  fromBinary,
  type JsonValue,
  type Message,
  type Registry,
  toBinary,
  toJson,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

const image = readFileSync(join(import.meta.dirname, '../../../proto/image.binpb'));
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, image));

export function promisedMessage(name: string): DescMessage {
  const desc = registry.getMessage(`syncdb.v1.${name}`);
  if (desc === undefined) throw new Error(`the image has no message ${name}`);
  return desc;
}

/** What the other implementation reads of these bytes, as JSON. Throws where a field is not in the image. */
export function readByOther(name: string, bytes: Uint8Array, types?: Registry): JsonValue {
  const desc = promisedMessage(name);
  const message = fromBinary(desc, bytes);
  refuseUnknown(message);
  return toJson(desc, message, types === undefined ? {} : { registry: types });
}

/** The same message in the bytes of the other implementation. Throws where a field is not in the image. */
export function writtenByOther(name: string, bytes: Uint8Array): Uint8Array {
  const desc = promisedMessage(name);
  const message = fromBinary(desc, bytes);
  refuseUnknown(message);
  return toBinary(desc, message);
}

function refuseUnknown(value: unknown): void {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
  if ((value as Message).$unknown !== undefined) throw new Error('a field is not in the image');
  for (const part of Object.values(value)) refuseUnknown(part);
}
