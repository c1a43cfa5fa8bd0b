import * as pb from '../../gen/ts/syncdb/v1/sync.ts';
import { boundedText } from '../base/bounded-text.ts';
import { invalidField } from '../base/errors.ts';
import type { Level } from '../codec/plan.ts';
import type { Compression, Encoding, Subscription, UnreadableDelta } from '../session/messages.ts';
import { unreadableDetailLengthMax, unreadableReasonLengthMax } from '../session/rows-fallback.ts';
import { copyOf } from './byte-views.ts';
import { createEnumForms } from './checks.ts';

export const encodings = createEnumForms<Encoding, pb.Encoding>({
  rows: pb.Encoding.ROWS,
  packed: pb.Encoding.PACKED,
  columns: pb.Encoding.COLUMNS,
  'rows-deflated': pb.Encoding.ROWS_DEFLATED,
});

export const compressions = createEnumForms<Compression, pb.Compression>({
  none: pb.Compression.UNSPECIFIED,
  zstd: pb.Compression.ZSTD,
  deflate: pb.Compression.DEFLATE,
});

export const levels = createEnumForms<Level, pb.Level>({
  fast: pb.Level.FAST,
  balanced: pb.Level.BALANCED,
  small: pb.Level.SMALL,
});

export function subscriptionToWire(subscription: Subscription): pb.Subscription {
  return {
    scopes: [...subscription.scopes],
    tables: [...subscription.tables],
    cursor: subscription.cursor,
    shownCursor: subscription.shownCursor,
    shownLost: subscription.isShownLost ?? false,
    encodings: subscription.encodings.map(encodings.numberOf),
    compressions: subscription.compressions.map(compressions.numberOf),
    shortCursors: subscription.shortCursors ?? false,
    teamCodecs: [...(subscription.teamCodecs ?? [])],
    level: subscription.level ? levels.numberOf(subscription.level) : pb.Level.UNSPECIFIED,
    unreadable: subscription.unreadable,
  };
}

const everything: pb.Subscription = {
  scopes: [],
  tables: [],
  cursor: new Uint8Array(0),
  shownCursor: new Uint8Array(0),
  shownLost: false,
  encodings: [],
  compressions: [],
  level: pb.Level.UNSPECIFIED,
  shortCursors: false,
  teamCodecs: [],
  unreadable: undefined,
};

/**
 * Without one, all that may be read, from the start. Encodings and compressions that this version does not know are
 * passed over, since a newer client names them beside older ones; UNKNOWN_ENUM_VALUE where no encoding is left.
 */
export function subscriptionFromWire(
  message: pb.Subscription | undefined,
  path: string,
): Subscription {
  const subscription = message ?? everything;
  const offered = subscription.encodings.map((value) =>
    // Whoever leaves the choice to the server is sent what everyone can read.
    value === pb.Encoding.UNSPECIFIED ? 'rows' : encodings.find(value),
  );
  const known = offered.filter((encoding) => encoding !== undefined);
  if (offered.length > 0 && known.length === 0) {
    const description = `none of ${subscription.encodings.join(', ')} is known here`;
    throw invalidField(`${path}.encodings`, 'UNKNOWN_ENUM_VALUE', description);
  }
  return {
    scopes: subscription.scopes,
    tables: subscription.tables,
    cursor: copyOf(subscription.cursor),
    shownCursor: copyOf(subscription.shownCursor),
    isShownLost: subscription.shownLost,
    encodings: known,
    compressions: compressionsFromWire(subscription.compressions),
    // A wish that is not known here is none.
    level: levels.find(subscription.level),
    ...(subscription.shortCursors && { shortCursors: true }),
    ...(subscription.teamCodecs.length > 0 && { teamCodecs: subscription.teamCodecs }),
    ...(subscription.unreadable && { unreadable: unreadableFromWire(subscription.unreadable) }),
  };
}

/** What is told of a failure is no reason for another one: it is cut. */
function unreadableFromWire({ reason, detail }: pb.UnreadableDelta): UnreadableDelta {
  return {
    reason: boundedText(reason, unreadableReasonLengthMax),
    detail: boundedText(detail, unreadableDetailLengthMax),
  };
}

/** Those that this version knows. */
export function compressionsFromWire(values: readonly pb.Compression[]): Compression[] {
  return values
    .map((value) => compressions.find(value))
    .filter((compression) => compression !== undefined);
}
