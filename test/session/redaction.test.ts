/** What each reader is given of the ledger: whole entries to those who hold both versions, and of the others a part. */
import { describe, expect, test } from 'vitest';
import { Delta as DeltaMessage } from '../../gen/ts/syncdb/v1/sync.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { decidedLimits } from '../../src/change/decided.ts';
import type { RowDelta } from '../../src/change/row-delta.ts';
import { type PreparedTransaction, prepareTransaction } from '../../src/merge/prepared.ts';
import { cellOf, refusalOf, systemTables } from '../../src/replica/system-rows.ts';
import { listElements } from '../../src/schema/list-elements.ts';
import { decodeRow } from '../../src/schema/row-codec.ts';
import type { Cell } from '../../src/schema/table-def.ts';
import type { Delta, ServerMessage } from '../../src/session/messages.ts';
import { Redaction } from '../../src/session/redaction.ts';
import { ServerSession } from '../../src/session/server-session.ts';
import type { Identity } from '../../src/session/source.ts';
import {
  deleteEdit,
  type Edit,
  patchEdit,
  putEdit,
  simSchema,
  taskTable,
  visitTable,
} from '../support/sim-schema.ts';
import { type RowEncoding, wireDelta } from '../wire/support/wire-rows.ts';
import { clientSession, converse } from './support/conversation.ts';
import { type Host, identity, TestHome, TestRelay } from './support/hosts.ts';
import { helloOf, transactionOf } from './support/messages.ts';
import { leaks } from './support/secrecy.ts';

const { conflict: ledger, outcome: refusals } = systemTables(simSchema);
const entryKey = 'ann/1/0';

/** Bob's task is at site a, with a secret; Ann's edit, which knew nothing of it, is about the same key. */
function homeWith(anns: Edit): TestHome {
  const home = new TestHome();
  home.write('bob', putEdit(taskTable, 'k', { site: 'a', title: 'secret of a' }));
  order(home, 'ann', anns);
  return home;
}

/** Orders the writer's first transaction, which knows nothing. */
function order(home: TestHome, writer: string, edit: Edit): void {
  home.take([prepared(writer, edit)]);
}

function prepared(writer: string, edit: Edit): PreparedTransaction {
  return prepareTransaction(simSchema, defaultLimits, transactionOf(writer, 1, edit), 't');
}

interface Reader extends Partial<Identity> {
  readonly replica: string;
  readonly asRelay?: boolean;
}

/** The deltas of a first sync, as the reader is sent them. */
function deltasTo(host: Host, { replica, asRelay = false, ...rest }: Reader): Delta[] {
  const { source } = host;
  const options = { source, identity: identity(rest), sessionId: 's', compressions: [] };
  const session = new ServerSession(options);
  session.receive(helloOf(replica, { relay: asRelay }), 0);
  const messages: ServerMessage[] = [];
  for (let next = session.next(0); next !== undefined; next = session.next(0)) messages.push(next);
  const served = messages[0]?.type === 'welcome' ? messages[0].scopes : [];
  expect(messages.flatMap((message) => leaks(message, served))).toEqual([]);
  return messages.filter((message) => message.type === 'delta');
}

function entryTo(host: Host, reader: Reader) {
  const deltas = deltasTo(host, reader).flatMap((message) => message.deltas);
  const delta = deltas.find(({ table }) => table === ledger.name)!;
  return entryIn(delta);
}

function entryIn({ row }: RowDelta) {
  return inWords(decodeRow(ledger, row, 0, row.length, decidedLimits).cells);
}

function inWords(cells: readonly Cell[]) {
  const of = (name: string) => cellOf(ledger, cells, name);
  const scopes = (name: string) =>
    listElements(ledger.columnByName.get(name)!, of(name) as Uint8Array | null);
  return {
    key: of('key'),
    fields: of('fields') !== null,
    local: (of('local_row') as Uint8Array).length > 0,
    localScopes: scopes('local_scopes'),
    remote: (of('remote_row') as Uint8Array).length > 0,
    remoteScopes: scopes('remote_scopes'),
    met: of('remote_replica_id'),
    version: of('row_version'),
    redacted: of('redacted'),
  };
}

const put = putEdit(taskTable, 'k', { site: 'b', title: 'secret of b' });
const whole = {
  key: 'k',
  fields: true,
  local: true,
  localScopes: ['site/b'],
  remote: true,
  remoteScopes: ['site/a'],
  met: 'bob',
  version: 1n,
  redacted: false,
};
const withoutRemote = { remote: false, remoteScopes: [], met: '', version: 0n, redacted: true };
const withoutLocal = { local: false, localScopes: [], redacted: true };
const withoutShared = { key: '', fields: false };

describe('[I7] an entry of the ledger', () => {
  test.each<[who: string, reader: Reader, entry: object]>([
    ['the writer who holds everything', { replica: 'ann' }, whole],
    [
      'the writer who may read both versions',
      { replica: 'ann', readScopes: ['site/a', 'site/b'] },
      whole,
    ],
    [
      'the writer who may not read what it met',
      { replica: 'ann', readScopes: ['site/b'] },
      { ...whole, ...withoutRemote, localScopes: [] },
    ],
    [
      'the writer who may read neither',
      { replica: 'ann', readScopes: [] },
      { ...whole, ...withoutRemote, localScopes: [] },
    ],
    ['a relay of both', { replica: 'r', asRelay: true, readScopes: ['site/*'] }, whole],
    [
      'a relay of what the writer wanted',
      { replica: 'r', asRelay: true, readScopes: ['site/b'] },
      { ...whole, ...withoutRemote, ...withoutShared },
    ],
    [
      'a relay of what it met',
      { replica: 'r', asRelay: true, readScopes: ['site/a'] },
      { ...whole, ...withoutLocal, ...withoutShared },
    ],
    [
      'a relay of neither',
      { replica: 'r', asRelay: true, readScopes: ['site/c'] },
      { ...whole, ...withoutRemote, ...withoutLocal, ...withoutShared },
    ],
  ])('goes to %s with what it may have', (_who, reader, entry) => {
    expect(entryTo(homeWith(put), reader)).toEqual(entry);
  });

  test.each<[what: string, edit: Edit, scopes: string[]]>([
    ['a put is where it would put the row', put, ['site/b']],
    ['a patch is where the row is', patchEdit(taskTable, 'k', { title: 'x' }), ['site/a']],
    [
      'a patch that moves it is where it goes',
      patchEdit(taskTable, 'k', { site: 'c' }),
      ['site/c'],
    ],
    ['a delete is where the row was', deleteEdit(taskTable, 'k'), ['site/a']],
  ])('says that %s', (_what, edit, localScopes) => {
    const entry = entryTo(homeWith(edit), { replica: 'ann' });
    expect(entry).toMatchObject({ localScopes, remoteScopes: ['site/a'], redacted: false });
  });

  test.each<[what: string, edit: Edit, local: boolean]>([
    ['its patch', patchEdit(taskTable, 'k', { title: 'Ann' }), true],
    ['its delete', deleteEdit(taskTable, 'k'), false],
  ])('tells a writer of %s, and not where a row is that it may not read', (_what, edit, local) => {
    const entry = entryTo(homeWith(edit), { replica: 'ann', readScopes: ['site/b'] });
    expect(entry).toMatchObject({ key: 'k', local, localScopes: [], remoteScopes: [] });
    // Of a delete the fields would be those that the row met has.
    expect(entry.fields).toBe(local);
  });

  test('about a deleted row is for those from whose scopes it was deleted', () => {
    const home = new TestHome();
    home.write('bob', putEdit(taskTable, 'k', { site: 'a', title: 'secret of a' }));
    home.write('bob', deleteEdit(taskTable, 'k'));
    order(home, 'ann', patchEdit(taskTable, 'k', { title: 'Ann' }));
    const relay = { replica: 'r', asRelay: true };
    const to = (readScopes: string[]) => entryTo(home, { ...relay, readScopes });
    expect(to(['site/a'])).toMatchObject({ met: 'bob', key: 'k', redacted: false });
    expect(to(['site/b'])).toMatchObject({ met: '', key: '', local: false, redacted: true });
  });

  test('about a row in no scope is for those who hold everything', () => {
    const home = new TestHome();
    home.write('bob', putEdit(visitTable, 'k', { note: 'secret' }));
    order(home, 'ann', patchEdit(visitTable, 'k', { note: 'Ann' }));
    const relay = { replica: 'r', asRelay: true };
    expect(entryTo(home, relay)).toMatchObject({ remote: true, redacted: false });
    const some = { ...relay, readScopes: ['site/*', 'user/*'] };
    expect(entryTo(home, some)).toMatchObject({ remote: false, local: false, redacted: true });
  });

  test('is not whole any more for a writer whose grant was taken back', () => {
    const home = homeWith(put);
    const grants = ['site/a', 'site/b'];
    expect(entryTo(home, { replica: 'ann', readScopes: grants })).toEqual(whole);
    const entry = entryTo(home, { replica: 'ann', readScopes: grants.slice(1) });
    expect(entry).toEqual({ ...whole, ...withoutRemote, localScopes: [] });
  });

  test.each<RowEncoding>(['rows', 'packed'])(
    'has in %s no byte of what is left out',
    (encoding) => {
      const bytesTo = (reader: Reader) =>
        deltasTo(homeWith(put), reader)
          .map((message) => wireDelta(message, encoding))
          .map((message) => Buffer.from(DeltaMessage.encode(message).finish()).toString('latin1'))
          .join();
      const narrow = { replica: 'ann', readScopes: ['site/b'] };
      expect(bytesTo({ replica: 'ann' })).toContain('secret of a');
      expect(bytesTo(narrow)).not.toMatch(/secret of a|site\/a|bob/);
      expect(bytesTo(narrow)).toContain('secret of b');
      const relay = { replica: 'r', asRelay: true, readScopes: ['site/c'] };
      expect(bytesTo(relay)).not.toMatch(/secret|site\/a|site\/b/);
    },
  );
});

describe('[I7] a relay with narrow grants', () => {
  test('holds a copy that proves equal, and passes on no more than it was given', () => {
    const home = homeWith(put);
    const relay = new TestRelay('r');
    const line = converse(clientSession(relay.replica), home, {
      identity: { readScopes: ['site/b'] },
    });
    expect(line.error).toBeUndefined();
    expect(relay.replica.proven).toBe(true);
    const held = inWords(relay.replica.committed.cells(ledger, entryKey)!);
    expect(held).toEqual({ ...whole, ...withoutRemote, ...withoutShared });
    expect(relay.replica.committed.rowState(ledger, entryKey)?.version).toBe(2);
    // Its clients may read more than it may itself.
    expect(entryTo(relay, { replica: 'ann' })).toEqual({ ...held, localScopes: [] });
  });

  test('redacts what it holds for clients who may read less', () => {
    const relay = new TestRelay('r');
    converse(clientSession(relay.replica), homeWith(put));
    const entry = entryTo(relay, { replica: 'ann', readScopes: ['site/b'] });
    expect(entry).toEqual({ ...whole, ...withoutRemote, localScopes: [] });
    expect(entryTo(relay, { replica: 'ann' })).toEqual(whole);
  });
});

describe('[I7] a refusal', () => {
  const refused = () => {
    const home = homeWith(put);
    const blind = { ...patchEdit(taskTable, 'k', { title: 'Ann' }), ifMatch: 'old' };
    const [outcome] = home.take([prepared('cat', blind)]);
    return { home, outcome: outcome! };
  };
  const toldTo = (reader: Reader) => {
    const deltas = deltasTo(refused().home, reader).flatMap((message) => message.deltas);
    const { row } = deltas.find(({ table }) => table === refusals.name)!;
    return refusalOf(refusals, decodeRow(refusals, row, 0, row.length, decidedLimits).cells);
  };
  const { outcome } = refused();
  const whole = outcome.refusal!;
  const cut = { ...whole, message: '', currentEtag: '', violations: [] };

  test.each<[who: string, reader: Reader, told: object]>([
    ['its writer as it is', { replica: 'cat', readScopes: [] }, whole],
    ['a relay of everything as it is', { replica: 'r', asRelay: true }, whole],
    [
      'a relay of some scopes by its reason',
      { replica: 'r', asRelay: true, readScopes: ['site/*'] },
      cut,
    ],
  ])('is told to %s', (_who, reader, told) => {
    expect(whole).toMatchObject({ reason: 'ETAG_MISMATCH', message: expect.stringMatching(/./) });
    expect(whole.currentEtag).not.toBe('');
    expect(toldTo(reader)).toEqual(told);
  });

  test.each<[who: string, reader: Reader, told: object]>([
    ['its writer', { replica: 'cat', readScopes: [] }, outcome],
    ['a relay of everything', { replica: 'r' }, outcome],
    ['a relay of some scopes', { replica: 'r', readScopes: [] }, { ...outcome, refusal: cut }],
  ])('answers the push of %s alike', (_who, { replica, ...rest }, told) => {
    const { source } = refused().home;
    const options = { source, identity: identity(rest), sessionId: 's', compressions: [] };
    const session = new ServerSession(options);
    session.receive(helloOf(replica, { relay: replica === 'r' }), 0);
    const committed = { ...outcome, status: 'committed' as const, refusal: undefined };
    session.answer([outcome, committed]);
    session.next(0);
    expect(session.next(0)).toEqual({
      ...{ type: 'push-result', outcomes: [told, committed], orderingMs: 0, inRuns: false },
    });
  });
});

describe('a batch', () => {
  const { source } = homeWith(put);
  const narrow = new Redaction(simSchema, { replicas: ['ann'], scopes: ['site/b'] });
  const delta: RowDelta = {
    kind: 'full',
    table: ledger.name,
    number: 0,
    key: entryKey,
    version: 2,
    stamp: 0,
    writer: 'ann',
    fields: [],
    scopes: [],
    row: new Uint8Array(1),
  };

  test('without entries, or for one who holds everything, is passed on as it is', () => {
    const others = [{ ...delta, table: taskTable.name }];
    expect(narrow.of(others, source.state)).toBe(others);
    const entries = [delta];
    const whole = new Redaction(simSchema, { replicas: ['ann'], scopes: ['*'] });
    expect(whole.of(entries, source.state)).toBe(entries);
  });

  test('[I7] keeps of a patch the fields that it names, as far as the reader may have them', () => {
    const fields = ['remote_row', 'local_row'].map((name) => ledger.columnByName.get(name)!.number);
    const [patched] = narrow.of([{ ...delta, kind: 'patch', fields }], source.state);
    expect(entryIn(patched!)).toMatchObject({ local: true, remote: false, key: '' });
  });

  test('says of an entry that is gone that it is gone', () => {
    const gone = { ...delta, kind: 'evicted' as const, row: new Uint8Array(0) };
    expect(narrow.of([gone], source.state)).toEqual([gone]);
  });
});
