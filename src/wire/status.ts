import { BadRequest, ErrorInfo, RetryInfo } from '../../gen/ts/google/rpc/error_details.ts';
import { Status } from '../../gen/ts/google/rpc/status.ts';
import { Code, type FieldViolation, SyncError } from '../base/errors.ts';
import { decodeUtf8, encodeUtf8, utf8Length } from '../base/utf8.ts';
import { decodeMessage, type MessageType } from './decode-message.ts';

/** How a call ends, as gRPC sends it. */
export interface GrpcStatus {
  readonly code: number;
  /** For people: the message in the trailer `grpc-message`. */
  readonly details: string;
  /** For programs: a `google.rpc.Status` for the trailer `grpc-status-details-bin`. */
  readonly detailsBin: Uint8Array;
}

/** The domain of all reasons of SyncDB. */
export const errorDomain = 'syncdb';

// Many clients take 8 KiB of trailers in all and drop the rest. The message travels twice, once in percent-encoding,
// and the details in Base64.
const messageBytesMax = 512;
const textBytesMax = 256;
const metadataBytesMax = 768;
const fieldsBytesMax = 1_536;

/** Longest wait before a retry that is believed of a server. */
const retryDelayMsMax = 3_600_000;

const internalMessage = 'internal error';

/**
 * The status of a thrown thing. Long texts are cut, and what is too much is left out, so that the trailers stay below
 * 6 KiB. An error of the program itself says nothing of what was inside (invariant 7): it is INTERNAL, with its reason
 * where it has one, and its text is for the log alone.
 */
export function toStatus(error: unknown): GrpcStatus {
  const known = publicForm(error);
  const message = cut(known.message, messageBytesMax);
  const details = [
    anyOf('ErrorInfo', ErrorInfo, {
      reason: known.reason,
      domain: errorDomain,
      metadata: shortened(known.metadata),
    }),
  ];
  if (known.fields.length > 0) {
    const fieldViolations = violations(known.fields);
    details.push(anyOf('BadRequest', BadRequest, BadRequest.create({ fieldViolations })));
  }
  if (known.retryDelayMs !== undefined) {
    const ms = Math.max(0, Math.round(known.retryDelayMs));
    const retryDelay = { seconds: BigInt(Math.floor(ms / 1000)), nanos: (ms % 1000) * 1_000_000 };
    details.push(anyOf('RetryInfo', RetryInfo, { retryDelay }));
  }
  const detailsBin = Status.encode({ code: known.code, message, details }).finish();
  return { code: known.code, details: message, detailsBin };
}

/**
 * The error behind a status. What SyncDB did not make, such as the errors of proxies and of the transport, has the
 * name of its code as its reason. Details that do not parse are passed over.
 */
export function fromStatus(
  code: number,
  details: string,
  detailsBin: Uint8Array | undefined,
): SyncError {
  const known = codes.has(code) ? (code as Code) : Code.unknown;
  const found = detailsBin === undefined ? {} : parseDetails(detailsBin);
  return new SyncError(known, found.reason ?? codes.get(known)!, details, found);
}

function publicForm(error: unknown): SyncError {
  if (!(error instanceof SyncError))
    return new SyncError(Code.internal, 'INTERNAL', internalMessage);
  if (error.code !== Code.internal) return error;
  return new SyncError(Code.internal, error.reason, internalMessage);
}

/** Code to its name in gRPC, such as INVALID_ARGUMENT. */
const codes: ReadonlyMap<number, string> = new Map(
  Object.entries(Code).map(([name, code]) => [
    code,
    name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase(),
  ]),
);

function anyOf<T>(
  name: string,
  type: { encode(message: T): { finish(): Uint8Array } },
  message: T,
): { typeUrl: string; value: Uint8Array } {
  return {
    typeUrl: `type.googleapis.com/google.rpc.${name}`,
    value: type.encode(message).finish(),
  };
}

function shortened(metadata: Readonly<Record<string, string>>): Record<string, string> {
  const kept: Record<string, string> = {};
  let bytes = 0;
  for (const [key, value] of Object.entries(metadata)) {
    const short = cut(value, textBytesMax);
    bytes += key.length + utf8Length(short) + 8;
    if (bytes > metadataBytesMax) break;
    kept[key] = short;
  }
  return kept;
}

function violations(fields: readonly FieldViolation[]): FieldViolation[] {
  const kept: FieldViolation[] = [];
  let bytes = 0;
  for (const { field, description } of fields) {
    const short = { field: cut(field, textBytesMax), description: cut(description, textBytesMax) };
    bytes += utf8Length(short.field) + utf8Length(short.description) + 8;
    if (bytes > fieldsBytesMax) break;
    kept.push(short);
  }
  return kept;
}

/** A well-formed text of at most `bytesMax` bytes; one that was cut ends in an ellipsis. */
function cut(text: string, bytesMax: number): string {
  const wellFormed = text.toWellFormed();
  if (utf8Length(wellFormed) <= bytesMax) return wellFormed;
  const bytes = encodeUtf8(wellFormed);
  let end = bytesMax - 3;
  while ((bytes[end]! & 0xc0) === 0x80) end--;
  return `${decodeUtf8(bytes, 0, end)}…`;
}

interface FoundDetails {
  reason?: string;
  metadata?: Readonly<Record<string, string>>;
  fields?: readonly FieldViolation[];
  retryDelayMs?: number;
}

function parseDetails(bytes: Uint8Array): FoundDetails {
  const found: FoundDetails = {};
  for (const { typeUrl, value } of tryDecode(Status, bytes)?.details ?? []) {
    switch (typeUrl.slice(typeUrl.lastIndexOf('/') + 1)) {
      case 'google.rpc.ErrorInfo': {
        const info = tryDecode(ErrorInfo, value);
        // Another domain's reasons are not ours to tell apart.
        if (info?.domain !== errorDomain || info.reason === '') break;
        found.reason = info.reason;
        found.metadata = info.metadata;
        break;
      }
      case 'google.rpc.BadRequest':
        found.fields = (tryDecode(BadRequest, value)?.fieldViolations ?? []).map(
          ({ field, description }) => ({ field, description }),
        );
        break;
      case 'google.rpc.RetryInfo': {
        const delay = tryDecode(RetryInfo, value)?.retryDelay;
        if (delay === undefined) break;
        const ms = Number(delay.seconds) * 1000 + delay.nanos / 1_000_000;
        found.retryDelayMs = Math.min(Math.max(0, Math.ceil(ms)), retryDelayMsMax);
        break;
      }
    }
  }
  return found;
}

function tryDecode<T>(type: MessageType<T>, bytes: Uint8Array): T | undefined {
  try {
    return decodeMessage(type, bytes);
  } catch {
    return undefined;
  }
}
