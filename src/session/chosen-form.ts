import type { Level } from '../codec/plan.ts';
import type { Compression, Encoding, Subscription } from './messages.ts';

/** How rows travel on a stream. */
export interface RowsForm {
  readonly encoding: Encoding;
  readonly compression: Compression;
  readonly level: Level;
  /** Names of the codecs of the team's own that columns may come in, in ascending order; none where it is left out. */
  readonly teamCodecs?: readonly string[];
}

/** What a server can do, and will. */
export interface OfferedForms {
  readonly compressions: readonly Compression[];
  /** The most work that it does for few bytes; `balanced` where it is left out. */
  readonly levelMax?: Level | undefined;
  /** Names of the codecs of the team's own that it has; none where they are left out. */
  readonly teamCodecs?: readonly string[] | undefined;
}

const levels: readonly Level[] = ['fast', 'balanced', 'small'];

/**
 * What a client wishes, as far as the server goes along: the first encoding, the first compression that both know, and the codecs of
 * the team's own that both have.
 */
export function chosenForm(
  { encodings, compressions, level = 'balanced', teamCodecs = [] }: Subscription,
  { compressions: offered, levelMax = 'balanced', teamCodecs: known = [] }: OfferedForms,
): RowsForm {
  const encoding = encodings[0] ?? 'rows';
  const named = new Set(encoding === 'columns' ? teamCodecs : []);
  const both = known.filter((name) => named.has(name)).sort();
  return {
    ...{ encoding, ...(both.length > 0 && { teamCodecs: both }) },
    compression: compressions.find((compression) => offered.includes(compression)) ?? 'none',
    level: levels[Math.min(levels.indexOf(level), levels.indexOf(levelMax))]!,
  };
}

/** The form as one text. */
export function nameOf({ encoding, compression, level, teamCodecs = [] }: RowsForm): string {
  return [encoding, compression, level, ...teamCodecs].join('/');
}
