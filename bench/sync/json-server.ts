/** The server that a team would write by hand: pages of JSON over HTTP, compressed by gzip at level 6. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { createGunzip, createGzip } from 'node:zlib';
import { serveParent } from '../support/child.ts';
import { recordAt, type SiteRecord } from '../support/records.ts';
import { verify } from '../support/rounds.ts';
import { editsOf } from './edits.ts';
import { differenceOf, ownCpuMs, pageRows, type ServerSide } from './sides.ts';

interface Versioned {
  readonly record: SiteRecord;
  readonly version: number;
}

/** By id, in the order of versions: a row that changes moves to the end. */
const rows = new Map<string, Versioned>();
/** The same rows by version, for pages; gaps where a row has moved. */
const byVersion: (SiteRecord | undefined)[] = [undefined];

function store(record: SiteRecord): void {
  const known = rows.get(record.id);
  if (known !== undefined) byVersion[known.version] = undefined;
  rows.set(record.id, { record, version: byVersion.length });
  byVersion.push(record);
}

/** `GET /records?since=V`: up to a page of records that are newer than version V, and where the next begins. */
function sendPage(since: number, response: ServerResponse): void {
  const page: SiteRecord[] = [];
  let next = since;
  while (page.length < pageRows && next + 1 < byVersion.length) {
    const record = byVersion[++next];
    if (record !== undefined) page.push(record);
  }
  response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
  const gzip = createGzip({ level: 6 });
  gzip.pipe(response);
  gzip.end(JSON.stringify({ records: page, next, more: next + 1 < byVersion.length }));
}

/** `POST /records`: stores a page of records. */
async function takePage(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { records } = (await json(request.pipe(createGunzip()))) as { records: SiteRecord[] };
  for (const record of records) store(record);
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ stored: records.length }));
}

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (request.method === 'POST') void takePage(request, response);
  else sendPage(Number(url.searchParams.get('since')), response);
});

const side: ServerSide = {
  start: async ({ count }) => {
    for (let index = 0; index < count; index++) store(recordAt(index));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  },

  change: async (options) => {
    const edits = editsOf(options);
    for (const [index, edit] of edits) {
      const { id } = recordAt(index);
      store({ ...rows.get(id)!.record, ...edit });
    }
    return edits.size;
  },

  verify: ({ count }) => {
    verify(rows.size === count, `the server has ${rows.size} records`);
    for (let index = 0; index < count; index++) {
      const wanted = recordAt(index);
      const difference = differenceOf(wanted, rows.get(wanted.id)?.record);
      verify(difference === undefined, `${difference}`);
    }
  },

  forget: () => {},

  cpuMs: ownCpuMs,
};

serveParent(side);
