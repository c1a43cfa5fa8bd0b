import { file_test_v1_inspection } from '../../gen/es/test/v1/inspection_pb.ts';
import { SyncError } from '../../src/base/errors.ts';
import type { Limits } from '../../src/base/limits.ts';
import { createSchema } from '../../src/schema/schema.ts';
import type { TableDef } from '../../src/schema/table-def.ts';
import { createRowValidator } from '../../src/schema/validate.ts';
import type { WindowBytes } from '../../src/session/link-window.ts';
import type { Prng } from './prng.ts';
import type { Scheduler } from './scheduler.ts';
import type { Swarm } from './swarm.ts';
import type { Trace } from './trace.ts';

export const databaseName = 'sim';

const schemaInput = [file_test_v1_inspection];
export const schema = createSchema(schemaInput);
export const validator = createRowValidator(schemaInput, schema);

export const stationTable = named('test.v1.Station');
export const inspectionTable = named('test.v1.Inspection');
export const outcomeTable = named('syncdb.v1.Outcome');
export const conflictTable = named('syncdb.v1.Conflict');
export const writerTable = named('syncdb.v1.Writer');
export const epochTable = named('syncdb.v1.Epoch');
export const safePointTable = named('syncdb.v1.SafePoint');

/** What all actors of a simulation share. */
export interface World {
  readonly scheduler: Scheduler;
  /** A sequence of chance for whoever this names: an actor, the disk, one line of the network. */
  readonly random: (name: string) => Prng;
  readonly trace: Trace;
  readonly swarm: Swarm;
  readonly limits: Limits;
  /** What is wrong at the home with rows whose notes are too long, which it would else refuse by a rule. */
  readonly poison: Poison;
  /** The home's. */
  readonly homeLimits: Limits;
  /** How much clients may have on its way. */
  readonly windowBytes: Partial<WindowBytes>;
  /** False once everything heals: then nothing new goes wrong. */
  readonly isChaos: () => boolean;
  /** Ends the run: this must not be. */
  readonly violation: (what: string, cause?: unknown) => void;
}

/** Nothing; its limit of a row is lower than anybody knows; or the code that orders fails at it until everything heals. */
export type Poison = 'none' | 'unfit' | 'defect';

/** What code throws that has a defect. */
export class Defect extends Error {}

/** A promise is broken; the message begins with the number of the invariant in design 13. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/** The error where it is one that a peer may be told; anything else is a defect, and ends the run. */
export function expectedError(world: World, where: string, error: unknown): SyncError | undefined {
  if (error instanceof SyncError && error.reason !== 'INTERNAL') return error;
  world.violation(`${where} failed: ${String(error)}`, error);
  return undefined;
}

function named(name: string): TableDef {
  return schema.tableByName.get(name)!;
}
