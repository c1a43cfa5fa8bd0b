import { bytesEqual } from '../base/bytes.ts';
import { epochOf, positionOf } from '../base/seq.ts';
import type { LogReport } from '../log/verify-log.ts';
import type { SnapshotSpan } from '../replica/snapshot-span.ts';
import type { LogWitness } from './log-witness.ts';

/** A log and its snapshots, as they were read. */
export interface Pair {
  readonly report: LogReport;
  readonly witness: LogWitness;
  /** Of the snapshots that are whole. */
  readonly spans: readonly SnapshotSpan[];
}

/** What a database can be made of: a snapshot, or nothing, and records that follow one another. */
export interface Basis {
  readonly span: SnapshotSpan | undefined;
  /** Position before the first of the records. */
  readonly trimmed: number;
  /** Position of the last one. */
  readonly head: number;
}

/** A snapshot that cannot be used. */
export interface Misfit {
  readonly span: SnapshotSpan;
  readonly why: string;
  /** Whether it is of commits that this log has lost, and may be all that is left of them. */
  readonly isOfLost: boolean;
  /** Whether it shows that the log has lost its end, and did not know so. */
  readonly showsLoss: boolean;
}

/** The same, before it is known what else there is. */
interface Unfit extends Omit<Misfit, 'isOfLost'> {
  /** Whether it is of another history of the log. */
  readonly isOfAnother: boolean;
}

export interface JudgedPair {
  /** Best first; nothing where nothing can be made of the files. */
  readonly bases: readonly Basis[];
  readonly misfits: readonly Misfit[];
  /** Whether a snapshot knows of commits that the log should have, and has not. */
  readonly lostEnd: boolean;
  /** Position of the newest commit of which a snapshot knows that cannot be used, behind the end of the log; else 0. */
  readonly knownUpto: number;
  /** Of the log; where its own cannot be read, that of the snapshots. */
  readonly id: Uint8Array | undefined;
  /** An epoch above all of which anything is known. */
  readonly nextEpoch: number;
}

/** Says which snapshots can be used with a log, and what is the most that they make together. */
export function judgePair(pair: Pair): JudgedPair {
  const { report, witness, spans } = pair;
  const id = report.meta?.id ?? idOf(pair);
  const epoch = Math.max(report.meta?.epoch ?? 0, witness.newestEpoch);
  const own = spans.filter(({ logId }) => id !== undefined && bytesEqual(logId, id));
  const fits = spans.map((span) => fitOf(pair, span, own.includes(span), epoch));
  const bases = fits.filter((fit) => 'head' in fit);
  const alone = { span: undefined, ...stretchAt(report, report.after) };
  // Where nothing of it can be read, nothing says that it begins there.
  const isWhole = report.after === 0 && (report.meta !== undefined || report.goodRecords > 0);
  if (isWhole) bases.push(alone);
  bases.sort((one, two) => two.head - one.head || one.trimmed - two.trimmed);
  const reached = bases[0]?.head ?? Number.POSITIVE_INFINITY;
  const isOfLost = ({ span, isOfAnother }: Unfit) =>
    own.includes(span) && (isOfAnother || positionOf(span.wholeAtSeq) > reached);
  const misfits = fits
    .filter((fit) => 'why' in fit)
    .map((unfit): Misfit => ({ ...unfit, isOfLost: isOfLost(unfit) }));
  const lostEnd =
    misfits.some(({ showsLoss }) => showsLoss) || bases.some(({ head }) => head > report.upto);
  const knownUpto = Math.max(
    0,
    ...misfits.filter(({ showsLoss }) => showsLoss).map(({ span }) => positionOf(span.wholeAtSeq)),
  );
  const known = Math.max(epoch, ...own.map(({ wholeAtSeq }) => epochOf(wholeAtSeq)));
  // What cannot be read at the end may have begun one.
  const hidden = witness.lastPosition < report.upto && report.upto > report.after ? 1 : 0;
  return { bases, misfits, lostEnd, knownUpto, id, nextEpoch: known + hidden + 1 };
}

/** The id that all snapshots agree on, if one of them is of this history or no record says otherwise. */
function idOf({ report, witness, spans }: Pair): Uint8Array | undefined {
  const [first, ...others] = spans;
  if (first === undefined) return undefined;
  const agree = others.every(({ logId }) => bytesEqual(logId, first.logId));
  const known = report.goodRecords === 0 || spans.some((span) => witness.opinionOf(span) === true);
  return agree && known ? first.logId : undefined;
}

function fitOf(
  { report, witness }: Pair,
  span: SnapshotSpan,
  isOwn: boolean,
  epoch: number,
): Basis | Unfit {
  const position = positionOf(span.seq);
  const wholeAt = positionOf(span.wholeAtSeq);
  const misfit = (why: string, showsLoss = false) => {
    return { span, why, showsLoss, isOfAnother: false };
  };
  const ofAnother = { ...misfit('it is of another history of this log'), isOfAnother: true };
  if (!isOwn) return misfit('it is of another log');
  if (witness.opinionOf(span) === false) return ofAnother;
  if (position < report.after) return misfit('the log begins behind it');
  const isBehind = wholeAt > report.upto;
  // In a newer epoch the log knows what it lost, and what is behind its end is of another history.
  if (isBehind && epochOf(span.wholeAtSeq) < epoch) {
    return ofAnother;
  }
  const { trimmed, head } = stretchAt(report, position);
  if (head >= wholeAt) return { span, trimmed, head };
  const has = position > report.upto ? `ends at ${report.upto}` : `has them up to ${head}`;
  const needs = `it needs the records up to ${wholeAt}, and the log ${has}`;
  return misfit(needs, isBehind);
}

/** The records that follow one another around a position: without one of them where it is behind the end. */
function stretchAt({ after, upto, findings }: LogReport, position: number) {
  if (position > upto) return { trimmed: position, head: position };
  let trimmed = after;
  let head = upto;
  for (const { part, first = 0, last = first } of findings) {
    if (part !== 'records' || first > upto || last <= after) continue;
    if (first <= position) trimmed = Math.max(trimmed, Math.min(last, position));
    if (last > position) head = Math.min(head, Math.max(first - 1, position));
  }
  return { trimmed, head };
}
