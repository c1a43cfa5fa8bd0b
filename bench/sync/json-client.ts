/** The client that goes with the server written by hand: it reads page after page into a Map. */
import { Agent, type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { createGunzip, createGzip } from 'node:zlib';
import { serveParent } from '../support/child.ts';
import { recordAt, type SiteRecord } from '../support/records.ts';
import { verify } from '../support/rounds.ts';
import { editsOf } from './edits.ts';
import { type ClientSide, differenceOf, ownCpuMs, pageRows } from './sides.ts';

interface Page {
  readonly records: readonly SiteRecord[];
  readonly next: number;
  readonly more: boolean;
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const rows = new Map<string, SiteRecord>();
let since = 0;

function getPage(port: number): Promise<Page> {
  return new Promise((resolve, reject) => {
    const path = `/records?since=${since}`;
    const headers = { 'accept-encoding': 'gzip' };
    const get = request({ agent, host: '127.0.0.1', port, path, headers }, (response) => {
      json(response.pipe(createGunzip())).then((page) => resolve(page as Page), reject);
    });
    get.on('error', reject);
    get.end();
  });
}

async function getAll(port: number): Promise<number> {
  const startedMs = performance.now();
  for (let more = true; more; ) {
    const page = await getPage(port);
    for (const record of page.records) rows.set(record.id, record);
    since = page.next;
    more = page.more;
  }
  return performance.now() - startedMs;
}

function postPage(port: number, records: readonly SiteRecord[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const options = { agent, host: '127.0.0.1', port, path: '/records', method: 'POST', headers };
    const post = request(options, (response: IncomingMessage) => {
      json(response).then((answer) => {
        const { stored } = answer as { stored: number };
        if (stored === records.length) resolve();
        else reject(new Error(`the server stored ${stored} of ${records.length} records`));
      }, reject);
    });
    post.on('error', reject);
    const gzip = createGzip({ level: 6 });
    gzip.pipe(post);
    gzip.end(JSON.stringify({ records }));
  });
}

const side: ClientSide = {
  pull: ({ port }) => getAll(port),
  pullAgain: ({ port }) => getAll(port),

  push: async ({ port, count }) => {
    const records = Array.from({ length: count }, (_, index) => recordAt(index));
    const startedMs = performance.now();
    for (let start = 0; start < count; start += pageRows) {
      const page = records.slice(start, start + pageRows);
      for (const record of page) rows.set(record.id, record);
      await postPage(port, page);
    }
    return performance.now() - startedMs;
  },

  verify: ({ count, edit }) => {
    const edits = edit === undefined ? undefined : editsOf(edit);
    verify(rows.size === count, `the client has ${rows.size} records`);
    for (let index = 0; index < count; index++) {
      const wanted = { ...recordAt(index), ...edits?.get(index) };
      const difference = differenceOf(wanted, rows.get(wanted.id));
      verify(difference === undefined, `${difference}`);
    }
  },

  cpuMs: ownCpuMs,
};

serveParent(side);
