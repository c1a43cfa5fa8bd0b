import type { Timestamp } from '../../gen/ts/google/protobuf/timestamp.ts';
import { invalidField } from '../base/errors.ts';
import { type Stamp, stampMs, stampOf } from '../base/stamp.ts';

/** The time of a stamp, to the millisecond; undefined for 0, which stands for none. */
export function timestampOfStamp(stamp: Stamp): Timestamp | undefined {
  if (stamp === 0) return undefined;
  const ms = stampMs(stamp);
  const seconds = Math.floor(ms / 1000);
  return { seconds: BigInt(seconds), nanos: (ms - seconds * 1000) * 1_000_000 };
}

/** 2^53 / 1024 milliseconds: the year 2248, beyond which there are no stamps. */
const secondsEnd = BigInt(Math.floor(Number.MAX_SAFE_INTEGER / 1024 / 1000));

/** The first stamp of that millisecond. INVALID_ARGUMENT BAD_TIMESTAMP where no stamp can be of that time. */
export function stampOfTimestamp(timestamp: Timestamp | undefined, field: string): Stamp {
  if (timestamp === undefined) return 0;
  const { seconds, nanos } = timestamp;
  if (seconds < 0n || seconds >= secondsEnd || nanos < 0 || nanos > 999_999_999) {
    throw invalidField(field, 'BAD_TIMESTAMP', 'must be between 1970 and 2248');
  }
  return stampOf(Number(seconds) * 1000 + Math.floor(nanos / 1_000_000));
}
