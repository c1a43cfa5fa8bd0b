import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import type { Stamp } from '../base/stamp.ts';
import type { Settled } from '../change/commit.ts';
import {
  readCounters,
  readPositions,
  readSettled,
  readTexts,
  writeCounters,
  writePositions,
  writeSettled,
  writeTexts,
} from './journal-parts.ts';

/** Where a replica's own line of transactions stands, and what it knows of others'. */
export interface WriterState {
  readonly id: string;
  readonly counter: number;
  readonly stamp: Stamp;
  readonly settled: Settled;
  readonly former: readonly string[];
  readonly settledBefore: ReadonlyMap<string, number>;
  readonly told: ReadonlyMap<string, Settled>;
  /** By former id of a line that is to be ordered once more: the counter up to which it is ordered. Left out for none. */
  readonly lost?: ReadonlyMap<string, number> | undefined;
}

export function writeWriter(writer: WriterState, out: ByteWriter): void {
  out.lengthText(writer.id);
  out.varint(writer.counter);
  out.varint(writer.stamp);
  writeSettled(writer.settled, out);
  writeTexts(writer.former, out);
  writeCounters(writer.settledBefore, out);
  writePositions(writer.told, out);
  if (writer.lost !== undefined) writeCounters(writer.lost, out);
}

/** Reads it to the end of the record. */
export function readWriter(reader: ByteReader): WriterState {
  return {
    id: reader.lengthText(),
    counter: reader.varint(),
    stamp: reader.varint(),
    settled: readSettled(reader),
    former: readTexts(reader),
    settledBefore: readCounters(reader),
    told: readPositions(reader),
    lost: reader.done ? undefined : readCounters(reader),
  };
}
