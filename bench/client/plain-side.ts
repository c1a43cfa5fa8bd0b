/** A program without a client: it gets pages of JSON, and has its rows as objects in a Map, or in a table of SQLite. */
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { freshKeys } from '../engine/side.ts';
import { serveParent } from '../support/child.ts';
import { growth, type MemoryUse, settledMemory, touchYoungGeneration } from '../support/memory.ts';
import { recordAt, type SiteRecord, siteIds } from '../support/records.ts';
import { verify } from '../support/rounds.ts';
import { type Choice, type ClientBenchSide, queryLimit } from './side.ts';

type Row = { -readonly [Name in keyof SiteRecord]: SiteRecord[Name] };

interface Page {
  readonly records: readonly Row[];
  readonly next: number;
  readonly more: boolean;
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const rows = new Map<string, Row>();
let before: MemoryUse;

function pageBytes(port: number, since: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { agent, host: '127.0.0.1', port, path: `/records?since=${since}` };
    const get = request(options, (response: IncomingMessage) => {
      buffer(response).then(resolve, reject);
    });
    get.on('error', reject);
    get.end();
  });
}

const pageOf = (bytes: Buffer) => JSON.parse(gunzipSync(bytes).toString()) as Page;

async function eachPage(port: number, take: (page: Page, bytes: Buffer) => void): Promise<void> {
  for (let since = 0, more = true; more; ) {
    const bytes = await pageBytes(port, since);
    const page = pageOf(bytes);
    take(page, bytes);
    since = page.next;
    more = page.more;
  }
}

const names = Object.keys(recordAt(0)) as (keyof SiteRecord)[];

/** A table with a column for each field; each page is one transaction, durable as SQLite has it by default in WAL mode. */
function openTable(): (page: Page) => void {
  const folder = mkdtempSync(join(tmpdir(), 'syncdb-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true }));
  const db = new DatabaseSync(join(folder, 'bench.db'));
  db.exec('PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  db.exec(`CREATE TABLE records (${names.join(', ')}, PRIMARY KEY (id))`);
  const places = names.map(() => '?').join(', ');
  const insert = db.prepare(`INSERT OR REPLACE INTO records VALUES (${places})`);
  return ({ records }) => {
    db.exec('BEGIN IMMEDIATE');
    for (const record of records) {
      insert.run(
        ...names.map((name) => {
          const value = record[name];
          return typeof value === 'boolean' ? Number(value) : value;
        }),
      );
    }
    db.exec('COMMIT');
  };
}

function* chosen({ status, above }: Choice): Generator<Row> {
  for (const row of rows.values()) {
    if (row.status === status && row.temperature > above) yield row;
  }
}

const side: ClientBenchSide = {
  load: async ({ port, stored }) => {
    touchYoungGeneration();
    before = await settledMemory();
    const startedMs = performance.now();
    const store = stored ? openTable() : undefined;
    await eachPage(port, (page) => {
      for (const record of page.records) rows.set(record.id, record);
      store?.(page);
    });
    return performance.now() - startedMs;
  },

  apply: async ({ port, rounds }) => {
    const pages: Buffer[] = [];
    await eachPage(port, (_, bytes) => pages.push(bytes));
    return Array.from({ length: rounds }, () => {
      const startedMs = performance.now();
      const fresh = new Map<string, Row>();
      for (const bytes of pages) {
        for (const record of pageOf(bytes).records) fresh.set(record.id, record);
      }
      return performance.now() - startedMs;
    });
  },

  memory: async () => growth(before, await settledMemory()),

  get: ({ round, reads }) => {
    const keys = freshKeys(round, reads, rows.size);
    const startedMs = performance.now();
    let found = 0;
    for (const key of keys) if ((rows.get(key)?.priority ?? 0) > 0) found++;
    const ms = performance.now() - startedMs;
    verify(found === reads, `${reads - found} rows were not found`);
    return ms;
  },

  query: ({ times, ...choice }) => {
    let ids: readonly string[] = [];
    const startedMs = performance.now();
    for (let time = 0; time < times; time++) {
      const found = [...chosen(choice)].sort(
        (left, right) => right.updated - left.updated || (left.id < right.id ? -1 : 1),
      );
      ids = found.slice(0, queryLimit).map(({ id }) => id);
    }
    return { ms: performance.now() - startedMs, ids };
  },

  count: ({ times, ...choice }) => {
    let found = 0;
    const startedMs = performance.now();
    for (let time = 0; time < times; time++) {
      found = 0;
      for (const _ of chosen(choice)) found++;
    }
    return { ms: performance.now() - startedMs, found };
  },

  watch: async ({ queries, changes }) => {
    let told = () => {};
    const watching = siteIds.slice(0, queries).map((siteId) => {
      const members = new Map<string, Row>();
      for (const row of rows.values()) if (row.siteId === siteId) members.set(row.id, row);
      return { siteId, members, tell: (all: readonly Row[]) => all.length > 0 && told() };
    });
    const ids = watching.flatMap(({ members }) => [...members.keys()]);
    const startedMs = performance.now();
    for (let index = 0; index < changes; index++) {
      const isTold = new Promise<void>((resolve) => {
        told = resolve;
      });
      const row = { ...rows.get(ids[index % ids.length]!)!, priority: 10 + index };
      rows.set(row.id, row);
      queueMicrotask(() => {
        for (const { siteId, members, tell } of watching) {
          if (row.siteId !== siteId) continue;
          members.set(row.id, row);
          tell([...members.values()]);
        }
      });
      await isTold;
    }
    return performance.now() - startedMs;
  },
};

serveParent(side);
