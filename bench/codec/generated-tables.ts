import { inspections } from './generated/inspections.ts';
import { messages } from './generated/messages.ts';
import { orders } from './generated/orders.ts';
import { readings } from './generated/readings.ts';
import { tracks } from './generated/tracks.ts';
import { users } from './generated/users.ts';
import type { Table } from './table.ts';

/** Tables as apps have them, the same ones in every run. */
export function* generatedTables(): Generator<Table> {
  yield users(20_000);
  yield orders(10_000);
  yield messages(20_000);
  yield inspections(10_000);
  yield readings(40_000);
  yield tracks(40_000);
}
