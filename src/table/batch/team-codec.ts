import { invalidField } from '../../base/errors.ts';
import { badCodecName } from '../../schema/codec-name.ts';
import type { Cell } from '../../schema/table-def.ts';

/** A value of a field, as its kind of column has it (`Cell`): of a message, list or map its protobuf records, tags included. */
export type FieldValue = Exclude<Cell, null>;

/**
 * A team's own way to write the values of a column: those of all rows of a block that have one, at once. Fields name it in their
 * option `codec`, and it is used between a server and a client that both have one of this name. Both functions answer at once and
 * are pure, and `decode` undoes `encode`. Whoever encodes tries that: where `encode` throws, takes more than 8 bytes for
 * each value and those of texts and byte strings, or is not undone, the column travels as others do. Where `decode` throws at the receiver, or gives what the field cannot have, the
 * block is damaged (DATA_LOSS).
 */
export interface TeamCodec<Value extends FieldValue = FieldValue> {
  /** What the option says; 1 to 64 letters, digits, dots, hyphens and underscores. What it means must never change. */
  readonly name: string;
  /** At least one value, in the order of their rows; byte strings are the codec's own. */
  encode(values: readonly Value[]): Uint8Array;
  /** As many values as `count` says. There are no more bytes than a message may have; who sent them is not trusted. */
  decode(bytes: Uint8Array, count: number): readonly Value[];
  /** Told whenever a column of this field travels as others do because of what the codec has done, and what that was. */
  onUnfit?(field: string, cause: unknown): void;
}

/** Codecs by their names. */
export type TeamCodecs = ReadonlyMap<string, TeamCodec>;

export const noTeamCodecs: TeamCodecs = new Map();

/** The codecs by their names. INVALID_ARGUMENT BAD_TEAM_CODEC for a name that cannot be, or that two have. */
export function teamCodecsOf(codecs: readonly TeamCodec[] = []): TeamCodecs {
  const byName = new Map<string, TeamCodec>();
  for (const [index, codec] of codecs.entries()) {
    const { name } = codec;
    const problem = byName.has(name) ? `${name} is the name of another` : badCodecName(name);
    if (problem !== undefined) {
      throw invalidField(`teamCodecs[${index}].name`, 'BAD_TEAM_CODEC', problem);
    }
    byName.set(name, codec);
  }
  return byName;
}

/** Those of them that are named. */
export function namedCodecs(codecs: TeamCodecs, names: readonly string[]): TeamCodecs {
  if (names.length === 0) return noTeamCodecs;
  return new Map([...codecs].filter(([name]) => names.includes(name)));
}
