import { randomBytes } from 'node:crypto';
import { toBinary } from '@bufbuild/protobuf';
import { type Change, Operation } from '../../gen/ts/syncdb/v1/data.ts';
import { reworded } from '../base/error-fields.ts';
import { SyncError } from '../base/errors.ts';
import { BadRows } from './bad-rows.ts';
import { exitCodes } from './failure.ts';
import { type LoadCounts, LoadProgress } from './load-progress.ts';
import type { CommandStreams } from './output.ts';
import { grouped } from './progress.ts';
import { withRemote } from './remote/remote.ts';
import type { RemoteOptions } from './remote/remote-options.ts';
import { createSender, type Sender } from './remote/sender.ts';
import { listTables, tableNamed, teamTypes } from './remote/team-types.ts';
import { badInput, placeText } from './rows/input-error.ts';
import { type InputFile, inputFiles } from './rows/input-file.ts';
import { jsonText } from './rows/json-text.ts';
import type { FileFormat } from './rows/row-format.ts';
import { type InputRow, inputRows } from './rows/row-input.ts';
import { RowJson } from './rows/row-json.ts';
import { aborted, stopSignal } from './stop-signal.ts';
import { durationText } from './units.ts';

/** The options of `syncdb load`. */
export interface LoadOptions extends RemoteOptions {
  readonly format?: FileFormat;
  /** Whether a row takes the place of one with its key, must be a new one, or changes only the fields that it has. */
  readonly mode: 'put' | 'insert' | 'patch';
  /** Rows of one transaction. */
  readonly batch: number;
  /** File for the rows that cannot be written; without one the first of them ends the load. */
  readonly skipBad?: string;
  /** Loads of the same id write the same batch only once. */
  readonly id?: string;
}

/** Bytes of the rows of one transaction, about: well below what a call may have. */
const batchBytesMax = 1 << 20;

/** `syncdb load`: writes the rows of files, or of stdin, into a table. */
export async function load(
  name: string,
  files: readonly string[],
  options: LoadOptions,
  streams: CommandStreams,
  stop: AbortSignal = stopSignal(),
): Promise<void> {
  const inputs = await inputFiles(files, options.format, streams);
  await withRemote(options, async (remote) => {
    const table = tableNamed(await listTables(remote), name);
    const types = await teamTypes(remote, options.schema, [table.name]);
    const json = new RowJson(types.message(table.name), types.registry);
    const bad = options.skipBad === undefined ? undefined : await BadRows.create(options.skipBad);
    const sender = createSender(remote, options.id ?? `load-${randomBytes(6).toString('hex')}`);
    const loader = new Loader({ inputs, json, bad, sender, options, streams });
    try {
      await loader.run(stop);
    } finally {
      await bad?.close();
    }
    if (stop.aborted) process.exitCode = 130;
    else if (loader.counts.skipped > 0) process.exitCode = exitCodes.refused;
  });
}

interface LoaderParts {
  readonly inputs: readonly InputFile[];
  readonly json: RowJson;
  readonly bad: BadRows | undefined;
  readonly sender: Sender;
  readonly options: LoadOptions;
  readonly streams: CommandStreams;
}

/** A row that was read, and its bytes. */
interface ReadRow {
  readonly input: InputRow;
  readonly bytes: Uint8Array;
}

class Loader {
  private readonly parts: LoaderParts;
  private readonly progress: LoadProgress;
  private rows = 0;
  private skipped = 0;
  private bytes = 0;
  private batches = 0;
  private headSeq = 0n;
  /** The last row that is in the table. */
  private last: InputRow | undefined;

  constructor(parts: LoaderParts) {
    this.parts = parts;
    const sizes = parts.inputs.map(({ bytes }) => bytes);
    const bytesTotal = sizes.reduce(
      (sum, size) => (sum === undefined || size === undefined ? undefined : sum + size),
      0,
    );
    this.progress = new LoadProgress({
      ...parts.streams,
      bytesTotal,
      nowMs: () => performance.now(),
    });
  }

  get counts(): LoadCounts {
    return { rows: this.rows, skipped: this.skipped, bytes: this.bytes };
  }

  async run(stop: AbortSignal): Promise<void> {
    let sending: Promise<void> = Promise.resolve();
    try {
      // The next batch is read while the last one is on its way.
      const stopped = aborted(stop).then(() => undefined);
      const batches = this.read();
      for (;;) {
        const next = await Promise.race([batches.next(), stopped]);
        await sending;
        if (next === undefined || next.done === true || stop.aborted) break;
        sending = this.send(next.value);
        sending.catch(() => {});
      }
      await sending;
    } catch (error) {
      this.progress.end();
      // What went wrong first is what was sent before.
      await sending.catch((earlier: unknown) => {
        throw this.withState(earlier);
      });
      throw this.withState(error);
    }
    this.progress.end();
    this.tellEnd(stop.aborted);
  }

  private async *read(): AsyncGenerator<ReadRow[]> {
    const { json, options } = this.parts;
    let batch: ReadRow[] = [];
    let bytes = 0;
    for await (const input of this.inputRows()) {
      if (input.row === undefined) {
        await this.leaveOut(input, input.problem);
        continue;
      }
      const row = { input, bytes: toBinary(json.desc, input.row) };
      const isFull = batch.length >= options.batch || bytes + row.bytes.length > batchBytesMax;
      if (isFull && batch.length > 0) {
        yield batch;
        batch = [];
        bytes = 0;
      }
      batch.push(row);
      bytes += row.bytes.length;
    }
    if (batch.length > 0) yield batch;
  }

  private async *inputRows(): AsyncGenerator<InputRow> {
    for (const file of this.parts.inputs) {
      yield* inputRows({ ...file, chunks: () => this.counted(file.chunks()) }, this.parts.json);
    }
  }

  private async *counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.bytes += chunk.length;
      yield chunk;
    }
  }

  /** Sends a batch; without its bad rows, where these are left out. */
  private async send(batch: readonly ReadRow[]): Promise<void> {
    const name = String(++this.batches);
    const rows = [...batch];
    while (rows.length > 0) {
      try {
        const { headSeq } = await this.parts.sender.send(
          name,
          rows.map((row) => this.changeOf(row)),
        );
        this.headSeq = headSeq;
        break;
      } catch (error) {
        const index = badChange(error);
        const row = rows[index ?? -1];
        if (index === undefined || row === undefined) throw error;
        rows.splice(index, 1);
        await this.leaveOut(row.input, problemOf(error as SyncError, index), error);
      }
    }
    this.rows += rows.length;
    this.last = batch.at(-1)?.input;
    this.progress.update(this.counts);
  }

  private changeOf({ bytes }: ReadRow): Change {
    const { json, options } = this.parts;
    return {
      operation: options.mode === 'patch' ? Operation.PATCH : Operation.PUT,
      table: json.desc.typeName,
      key: '',
      content: { $case: 'rowBytes', value: bytes },
      fields: [],
      baseVersion: undefined,
      baseCounter: 0n,
      ifMatch: '',
      ifNoneMatch: options.mode === 'insert',
      baseAbsent: false,
    };
  }

  private async leaveOut(input: InputRow, problem: string, cause?: unknown): Promise<void> {
    const { bad } = this.parts;
    if (bad === undefined) {
      const { place } = input;
      if (cause instanceof SyncError) throw reworded(cause, `${placeText(place)}: ${problem}`);
      throw badInput(place, problem);
    }
    await bad.add(input, problem);
    this.skipped++;
  }

  /** Says with an error what is in the table, and what to do. */
  private withState(error: unknown): unknown {
    if (!(error instanceof SyncError)) return error;
    const { last, rows } = this;
    const state =
      last === undefined
        ? 'nothing was written'
        : `${grouped(rows)} rows, up to ${placeText(last.place)}, are written, and nothing behind them`;
    return reworded(error, `${error.message}; ${state}`);
  }

  private tellEnd(isStopped: boolean): void {
    const { streams, json, options } = this.parts;
    const { seconds } = this.progress;
    const event = isStopped ? 'stopped' : 'done';
    if (streams.stdout.isTTY !== true) {
      const facts = { table: json.desc.typeName, rows: this.rows, skipped: this.skipped };
      const cost = { batches: this.batches, seconds: Math.round(seconds * 1_000) / 1_000 };
      const upTo = isStopped && this.last !== undefined ? placeText(this.last.place) : undefined;
      const line = { event, ...facts, ...cost, headSeq: String(this.headSeq), upTo };
      streams.stdout.write(`${jsonText(line)}\n`);
      return;
    }
    const rate = seconds > 0 ? `, ${grouped(Math.round(this.rows / seconds))} rows/s` : '';
    const where =
      isStopped && this.last !== undefined ? `, up to ${placeText(this.last.place)}` : '';
    const left =
      this.skipped > 0 ? `; ${grouped(this.skipped)} rows left out, in ${options.skipBad}` : '';
    streams.stdout.write(
      `${isStopped ? 'Stopped: ' : ''}${grouped(this.rows)} rows into ${json.desc.typeName} in ${durationText(seconds)}${rate}${where}${left}\n`,
    );
  }
}

/** Which change of a transaction an error is about; undefined where it is about none. */
function badChange(error: unknown): number | undefined {
  if (!(error instanceof SyncError)) return undefined;
  const [, index] = /^changes\[(\d+)\]/.exec(error.fields[0]?.field ?? '') ?? [];
  return index === undefined ? undefined : Number(index);
}

/** What is wrong with it, by the fields of the row. */
function problemOf({ fields, message }: SyncError, index: number): string {
  const prefix = `changes[${index}]`;
  const problems = fields
    .filter(({ field }) => field === prefix || field.startsWith(`${prefix}.`))
    .map(({ field, description }) => {
      const path = field
        .slice(prefix.length)
        .replace(/^\.row(_bytes)?\b\.?/, '')
        .replace(/^\./, '');
      return path === '' ? description : `${path}: ${description}`;
    });
  return problems.join('; ') || message;
}
