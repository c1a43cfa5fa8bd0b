import type * as pb from '../../gen/ts/syncdb/v1/sync.ts';
import type { Welcome } from '../session/messages.ts';
import { copyOf } from './byte-views.ts';
import { safeNumber } from './checks.ts';
import { schemaRefFromWire, schemaRefToWire } from './handshake.ts';
import { compressions, compressionsFromWire, encodings, levels } from './subscription.ts';

export function welcomeToWire(welcome: Welcome): pb.Welcome {
  return {
    sessionId: welcome.sessionId,
    protocolVersion: welcome.protocol,
    schema: schemaRefToWire(welcome),
    logId: welcome.logId,
    headSeq: BigInt(welcome.head),
    encoding: encodings.numberOf(welcome.encoding),
    compression: compressions.numberOf(welcome.compression),
    level: levels.numberOf(welcome.level),
    settledCounter: BigInt(welcome.settled.counter),
    settledDigest: welcome.settled.digest,
    scopes: [...welcome.scopes],
    fromScratch: welcome.rebuild,
    home: welcome.home,
    forkedAtSeq: welcome.forkedAt === undefined ? undefined : BigInt(welcome.forkedAt),
    pushTransactionsMax: welcome.pushLimits.pushTransactionsMax,
    pushBytesMax: welcome.pushLimits.pushBytesMax,
    partBytesMax: welcome.pushLimits.partBytesMax,
    partTransactionBytesMax: BigInt(welcome.pushLimits.partTransactionBytesMax),
    pushRowNumbers: welcome.pushRowNumbers ?? false,
    pushCompressions: (welcome.pushCompressions ?? []).map(compressions.numberOf),
  };
}

/** INVALID_ARGUMENT MISSING_FIELD, UNKNOWN_ENUM_VALUE or NUMBER_TOO_LARGE names the field under `path`. */
export function welcomeFromWire(message: pb.Welcome, path: string): Welcome {
  return {
    type: 'welcome',
    sessionId: message.sessionId,
    protocol: message.protocolVersion,
    ...schemaRefFromWire(message.schema, `${path}.schema`),
    logId: copyOf(message.logId),
    head: safeNumber(message.headSeq, `${path}.head_seq`),
    encoding: encodings.nameOf(message.encoding, `${path}.encoding`),
    compression: compressions.nameOf(message.compression, `${path}.compression`),
    // It changes nothing for who reads.
    level: levels.find(message.level) ?? 'balanced',
    settled: {
      counter: safeNumber(message.settledCounter, `${path}.settled_counter`),
      digest: copyOf(message.settledDigest),
    },
    scopes: message.scopes,
    rebuild: message.fromScratch,
    home: message.home,
    forkedAt:
      message.forkedAtSeq === undefined
        ? undefined
        : safeNumber(message.forkedAtSeq, `${path}.forked_at_seq`),
    pushLimits: {
      pushTransactionsMax: message.pushTransactionsMax,
      pushBytesMax: message.pushBytesMax,
      partBytesMax: message.partBytesMax,
      partTransactionBytesMax: safeNumber(
        message.partTransactionBytesMax,
        `${path}.part_transaction_bytes_max`,
      ),
    },
    pushRowNumbers: message.pushRowNumbers,
    pushCompressions: compressionsFromWire(message.pushCompressions),
  };
}
