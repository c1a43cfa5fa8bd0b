import type { Level } from '../codec/plan.ts';
import type { Compression, Encoding, Subscription } from './messages.ts';

/** How rows travel on a stream. */
export interface RowsForm {
  readonly encoding: Encoding;
  readonly compression: Compression;
  readonly level: Level;
}

/** What a server can do, and will. */
export interface OfferedForms {
  readonly compressions: readonly Compression[];
  /** The most work that it does for few bytes. */
  readonly levelMax?: Level | undefined;
}

const levels: readonly Level[] = ['fast', 'balanced', 'small'];

/** What a client wishes, as far as the server goes along: the first encoding, the first compression that both know. */
export function chosenForm(
  { encodings, compressions, level = 'balanced' }: Subscription,
  { compressions: offered, levelMax = 'balanced' }: OfferedForms,
): RowsForm {
  return {
    encoding: encodings[0] ?? 'rows',
    compression: compressions.find((compression) => offered.includes(compression)) ?? 'none',
    level: levels[Math.min(levels.indexOf(level), levels.indexOf(levelMax))]!,
  };
}

/** The form as one text. */
export function nameOf({ encoding, compression, level }: RowsForm): string {
  return `${encoding}/${compression}/${level}`;
}
