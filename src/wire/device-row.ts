import type { Timestamp } from '../../gen/ts/google/protobuf/timestamp.ts';
import { Conditions } from '../../gen/ts/syncdb/v1/device.ts';
import type * as pb from '../../gen/ts/syncdb/v1/system.ts';
import type { DeviceFacts } from '../replica/device-rows.ts';

/** What is known of a device as its row would say it. */
export function deviceRowToWire(facts: DeviceFacts): pb.Device {
  const { firstSeenMs, greetedMs, endedMs, lastInMs, lastOutMs, conditions, ...rest } = facts;
  return {
    ...rest,
    conditions: conditions && Conditions.decode(conditions),
    firstSeenAt: timestampOfMs(firstSeenMs),
    greetedAt: timestampOfMs(greetedMs),
    endedAt: timestampOfMs(endedMs),
    lastInAt: timestampOfMs(lastInMs),
    lastOutAt: timestampOfMs(lastOutMs),
    storedSeq: BigInt(facts.storedSeq),
    sentSeq: BigInt(facts.sentSeq),
    greetingCount: BigInt(facts.greetingCount),
    bytesIn: BigInt(facts.bytesIn),
    bytesOut: BigInt(facts.bytesOut),
    rowsOut: BigInt(facts.rowsOut),
    committedCount: BigInt(facts.committedCount),
    refusedCount: BigInt(facts.refusedCount),
    conflictCount: BigInt(facts.conflictCount),
  };
}

/** 0 stands for never. */
function timestampOfMs(ms: number): Timestamp | undefined {
  if (ms === 0) return undefined;
  const seconds = Math.floor(ms / 1_000);
  return { seconds: BigInt(seconds), nanos: (ms - seconds * 1_000) * 1_000_000 };
}
