import { BinaryReader } from '@bufbuild/protobuf/wire';
import { Code, SyncError } from '../base/errors.ts';
import { decodeUtf8 } from '../base/utf8.ts';
import { plainView } from './byte-views.ts';

/** What ts-proto generates for each message, as far as it concerns us. */
export interface MessageType<T> {
  decode(input: BinaryReader | Uint8Array): T;
}

/**
 * Reads a message of the protocol; its `bytes` fields are views of `bytes`. INVALID_ARGUMENT MALFORMED_MESSAGE where
 * that is no protobuf at all, nests too deep, goes on after its end, or has a string that is not UTF-8, which the
 * generated code by itself would let pass.
 */
export function decodeMessage<T>(type: MessageType<T>, bytes: Uint8Array): T {
  const reader = new BinaryReader(plainView(bytes), (text) => decodeUtf8(text));
  let message: T;
  try {
    message = type.decode(reader);
  } catch (cause) {
    throw malformedMessage('it does not parse', cause);
  }
  if (reader.pos !== reader.len) throw malformedMessage('it goes on after its end');
  return message;
}

/** INVALID_ARGUMENT MALFORMED_MESSAGE. */
export function malformedMessage(problem: string, cause?: unknown): SyncError {
  return new SyncError(Code.invalidArgument, 'MALFORMED_MESSAGE', `malformed message: ${problem}`, {
    cause,
  });
}
