import { defaultLimits, type Limits } from '../../base/limits.ts';
import { open } from '../client.ts';
import type { Client, ClientTable } from '../client-api.ts';
import type { Written } from '../written-transaction.ts';
import { noteSchema, textOf } from './note-schema.ts';
import { type NamedCase, same, type TriedStore } from './tried-store.ts';

type Notes = ClientTable<typeof noteSchema>;

/** Whole clients over the storage, without a server. */
export const clientCases: readonly NamedCase[] = [
  [
    'a client that is opened again has its edits, its rows and its id',
    async (store) => {
      const first = await opened(store);
      const notes = notesOf(first);
      put(notes, 'a', 'first');
      put(notes, 'b', 'second');
      await stored(first, put(notes, 'c', 'third'));
      notes.patch('a', text('changed'));
      // Not waited for: `close` stores it.
      notes.delete('b');
      const { replicaId } = first;
      await first.close();
      const again = await opened(store);
      same(again.replicaId, replicaId, 'the id of the replica');
      same(again.pendingCount, 5, 'how many transactions wait');
      same(rowsOf(again), 'a: changed, c: third', 'what the table has');
      same(put(notesOf(again), 'd', 'fourth').counter, 6, 'the counter of the next one');
    },
  ],
  [
    'a client whose journal is written anew again and again loses nothing',
    async (store) => {
      const limits: Limits = { ...defaultLimits, journalBytesMin: 2_000 };
      const wanted: string[] = [];
      for (let start = 1; start <= 3; start++) {
        const client = await opened(store, limits);
        const notes = notesOf(client);
        for (let round = 1; round <= 60; round++) {
          await stored(client, put(notes, `n${start}`, `${round} ${'-'.repeat(200)}`));
        }
        put(notes, `n${start}`, 'done');
        wanted.push(`n${start}: done`);
        same(rowsOf(client), wanted.join(', '), 'what the table has');
        await client.close();
      }
      same(rowsOf(await opened(store, limits)), wanted.join(', '), 'what the table has');
    },
  ],
];

async function opened(store: TriedStore, limits: Limits = defaultLimits): Promise<Client> {
  const storage = store.storage();
  const client = await open({ database: 'contract', schema: [noteSchema], storage, limits });
  return store.closedAtEnd(client);
}

/** Waits for it; fails where the client meets an error, which it would try again for ever. */
async function stored(client: Client, written: Written): Promise<void> {
  const { promise, reject } = Promise.withResolvers<void>();
  const stop = client.on('storage', (status) => {
    if (status.state !== 'working') reject(status.error);
  });
  try {
    await Promise.race([written.stored, promise]);
  } finally {
    stop();
  }
}

function notesOf(client: Client): Notes {
  return client.table(noteSchema);
}

function put(notes: Notes, id: string, said: string) {
  return notes.put({ id, ...text(said) } as Parameters<Notes['put']>[0]);
}

function text(said: string): Parameters<Notes['patch']>[1] {
  return { text: said } as Parameters<Notes['patch']>[1];
}

function rowsOf(client: Client): string {
  const { rows } = notesOf(client).query();
  return rows.map((row) => `${(row as unknown as { id: string }).id}: ${textOf(row)}`).join(', ');
}
