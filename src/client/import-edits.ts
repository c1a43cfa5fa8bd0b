import {
  type ChannelCredentials,
  credentials as grpcCredentials,
  type Metadata,
} from '@grpc/grpc-js';
import type { PushPartResponse, PushResponse } from '../../gen/ts/syncdb/v1/sync.ts';
import { SyncServiceClient } from '../../gen/ts/syncdb/v1/sync.ts';
import { Code, SyncError } from '../base/errors.ts';
import { defaultLimits, type Limits } from '../base/limits.ts';
import { type Outcome, unorderedOutcome } from '../change/commit.ts';
import { nameOf, type Transaction } from '../change/transaction.ts';
import { protocolMax, protocolMin } from '../session/messages.ts';
import { PushBatch } from '../session/push-batch.ts';
import { handshakeToWire } from '../wire/handshake.ts';
import { outcomeFromWire } from '../wire/outcomes.ts';
import { partToWire } from '../wire/parts.ts';
import { transactionToWire } from '../wire/transactions.ts';
import { answered, type CallDone } from './answered.ts';
import type { EditsFile } from './edits-file.ts';
import { metadataOf } from './grpc-metadata.ts';

export interface ImportOptions {
  /** `host:port` of the server, which must let this caller push for others (`Identity.relay`). */
  readonly url: string;
  readonly credentials?: ChannelCredentials;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Who brings the file; `import` when left out. */
  readonly replicaId?: string;
  /** For each call; five minutes when left out, since a large transaction takes long to be ordered. */
  readonly deadlineMs?: number;
  readonly limits?: Limits;
}

/**
 * Brings the edits of a file to a server, which orders each exactly once: what came over the network before has the outcome that
 * it had, and what comes later has that of now. Resolves with the outcome of each, in the order of the file; where some could
 * not be ordered, since others of their writer are missing before them, say, they and those behind them are `unordered`, with
 * the reason. What the server can never take (a row that is too large for it) is `refused`, since nobody could mend it in the
 * file. Rejects where the server is not reached, or takes nothing of the file; to do it once more does no harm.
 */
export async function importEdits(
  file: EditsFile,
  options: ImportOptions,
): Promise<readonly Outcome[]> {
  const { url, credentials = grpcCredentials.createInsecure() } = options;
  const client = new SyncServiceClient(url, credentials);
  const push = new FilePush(client, file, options);
  try {
    const outcomes: Outcome[] = [];
    // Each writer's line alone: what is wrong with one keeps none of the others.
    const lines = Map.groupBy(file.transactions, ({ replica }) => replica);
    for (const line of lines.values()) outcomes.push(...(await push.line(line)));
    const byName = new Map(outcomes.map((outcome) => [nameOf(outcome), outcome]));
    return file.transactions.map((transaction) => byName.get(nameOf(transaction))!);
  } finally {
    client.close();
  }
}

class FilePush {
  private readonly client: SyncServiceClient;
  private readonly limits: Limits;
  private readonly metadata: Metadata;
  private readonly deadlineMs: number;
  private readonly handshake: ReturnType<typeof handshakeToWire>;
  /** Fewer go at once where the server has little room, or the link is slow. */
  private readonly batch: PushBatch;
  /** Transactions of the push that is under way. */
  private sentCount = 0;
  /** What can never be ordered is to be refused: the writer at hand has such a one. */
  private refuseUnfit = false;

  constructor(client: SyncServiceClient, file: EditsFile, options: ImportOptions) {
    const { replicaId = 'import', metadata = {}, deadlineMs = 300_000 } = options;
    this.client = client;
    this.limits = options.limits ?? defaultLimits;
    this.metadata = metadataOf(metadata);
    this.deadlineMs = deadlineMs;
    this.batch = new PushBatch(this.limits, { nowMs: () => performance.now() });
    this.handshake = handshakeToWire({
      ...{ protocolMin, protocolMax, database: file.database, replica: replicaId, former: [] },
      schemaVersion: file.schemaVersion,
      schemaFingerprint: file.schemaFingerprint,
    });
  }

  /** Of one writer. What follows one that has no place has none either. */
  async line(line: readonly Transaction[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    this.refuseUnfit = false;
    while (outcomes.length < line.length) {
      const rest = line.slice(outcomes.length);
      try {
        outcomes.push(...(await this.some(rest)));
      } catch (error) {
        if (!(error instanceof SyncError)) throw error;
        if (error.reason === 'HEAP_FULL' && this.sentCount > 1) {
          this.batch.pushAnswered(
            rest.slice(0, this.sentCount).map((each) => unorderedOutcome(each, error)),
          );
          continue;
        }
        if (unfitCodes.has(error.code) && !this.refuseUnfit) {
          // It may be about one edit, or about all that is pushed: then it says so again.
          this.refuseUnfit = true;
          this.batch.begin(() => true);
          continue;
        }
        if (!ofLine.has(error.reason)) throw error;
        this.batch.begin(() => false);
        outcomes.push(...rest.map((transaction) => unorderedOutcome(transaction, error)));
      }
    }
    return outcomes;
  }

  /** The first of a line, as many as go in one message. */
  private async some(line: readonly Transaction[]): Promise<Outcome[]> {
    const [first] = line;
    this.sentCount = 1;
    if (this.batch.isInParts(first!)) return [await this.inParts(first!)];
    const { handshake, refuseUnfit } = this;
    const transactions = this.batch.next(line);
    this.sentCount = transactions.length;
    const { outcomes } = await this.call<PushResponse>((...rest) =>
      this.client.push(
        { handshake, transactions: transactions.map(transactionToWire), refuseUnfit },
        ...rest,
      ),
    );
    const told = outcomes.map((each, index) => outcomeFromWire(each, `outcomes[${index}]`));
    this.batch.pushAnswered(told);
    return told;
  }

  private async inParts(transaction: Transaction): Promise<Outcome> {
    const { handshake, refuseUnfit } = this;
    for (;;) {
      // There is an answer to each part before the next, so there always is one.
      const part = this.batch.nextPart([transaction])!;
      const { receivedBytes, outcome } = await this.call<PushPartResponse>((...rest) =>
        this.client.pushPart({ handshake, part: partToWire(part), refuseUnfit }, ...rest),
      );
      const { replica, counter } = transaction;
      this.batch.partAnswered({
        ...{ type: 'part-result', replica, counter },
        receivedBytes: Number(receivedBytes),
      });
      if (outcome !== undefined) return outcomeFromWire(outcome, 'outcome');
    }
  }

  private call<Response>(
    start: (metadata: Metadata, options: { deadline: number }, done: CallDone<Response>) => unknown,
  ): Promise<Response> {
    return answered((done) =>
      start(this.metadata, { deadline: Date.now() + this.deadlineMs }, done),
    );
  }
}

/** Of what says the same each time: something of what is pushed cannot be. */
const unfitCodes: ReadonlySet<Code> = new Set([Code.invalidArgument, Code.notFound]);

/** What is wrong with the line of one writer only. */
const ofLine: ReadonlySet<string> = new Set([
  'COUNTER_FORGOTTEN',
  'COUNTER_GAP',
  'HELD_DIFFERS',
  'REPLICA_FORKED',
]);
