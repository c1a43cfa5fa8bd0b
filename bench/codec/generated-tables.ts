import { inspections } from './generated/inspections.ts';
import { messages } from './generated/messages.ts';
import { orders } from './generated/orders.ts';
import { readings } from './generated/readings.ts';
import { tracks } from './generated/tracks.ts';
import { users } from './generated/users.ts';
import type { Table } from './table.ts';

/** Tables as apps have them, the same ones in every run. */
export function generatedTables(): Table[] {
  return [
    users(20_000),
    orders(10_000),
    messages(20_000),
    inspections(10_000),
    readings(40_000),
    tracks(40_000),
  ];
}
