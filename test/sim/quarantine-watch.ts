import { positionOf } from '../../src/base/seq.ts';
import type { QuarantinedRow } from '../../src/replica/quarantine.ts';
import type { Replica } from '../../src/replica/replica.ts';
import type { Checker } from './checker.ts';
import { sameCells } from './model.ts';
import type { World } from './world.ts';

/** Rows that wait for somebody to judge them: no one here ever does, so each waits until it has come back by itself (I2). */
export class QuarantineWatch {
  private readonly world: World;
  private readonly checker: Checker;
  private waiting: readonly QuarantinedRow[] = [];

  constructor(world: World, checker: Checker) {
    this.world = world;
    this.checker = checker;
  }

  /** A process has begun, with what was stored. */
  restored({ quarantined }: Replica): void {
    this.waiting = quarantined;
  }

  /** After whatever may have brought another checkpoint. */
  check(replica: Replica): void {
    const { quarantined } = replica;
    if (this.waiting === quarantined) return;
    for (const row of this.waiting) {
      if (quarantined.some((each) => isSame(each, row)) || this.isBack(replica, row)) continue;
      const name = `${row.table.name} ${row.key} @${row.version}`;
      this.world.violation(`I2: ${replica.id} has let go of ${name}, which has not come back`);
    }
    this.waiting = quarantined;
  }

  /** It is as it was, or whoever wrote it has written it again. */
  private isBack(replica: Replica, { table, key, cells, version, writer }: QuarantinedRow) {
    const { committed, id, former } = replica;
    const now = committed.cells(table, key);
    if (now === undefined) return false;
    if (sameCells(now, cells)) return true;
    if (writer === id || former.includes(writer)) return false;
    const history = this.checker.historyOf(replica);
    const newest = history.model.versionOf(table, key, committed.head);
    return newest > version && history.writerAt(positionOf(newest)) === writer;
  }
}

function isSame(left: QuarantinedRow, right: QuarantinedRow): boolean {
  const { table, key, version, cells } = left;
  const isIt = table === right.table && key === right.key && version === right.version;
  return isIt && sameCells(cells, right.cells);
}
