import type { CommittedState } from '../change/committed-state.ts';
import type { DeltaRequest, DeltaScan } from '../change/delta-scan.ts';

/** So many scans are kept at a time: receivers at the same place, who hold the same of what moved. */
const scansMax = 64;
/** Of receivers of whom more scopes moved the next one is hardly at the same place. */
const movedMax = 16;
/** What takes more is not looked at by many, or not often. */
const bytesMax = 64 << 10;

interface Known {
  readonly scan: DeltaScan;
  /** The scopes of the rows that it looked at, and whether its receiver holds them. */
  readonly held: ReadonlyMap<number, boolean>;
}

/**
 * What one receiver at the head was sent of the last commits is what others at the same place are sent who hold the same of the rows
 * in question, whatever else they hold. So a commit is looked at once for a thousand of them, and its rows, being the same
 * array, are encoded once.
 */
export class LiveScans {
  private state: CommittedState | undefined;
  private head = -1;
  private readonly scans = new Map<string, Known[]>();
  private count = 0;

  /**
   * What `make` makes of the request, or the same made before; the deltas are not the caller's own. `tables` are the names of those that
   * it is of.
   */
  scan(
    state: CommittedState,
    tables: readonly string[],
    request: DeltaRequest,
    make: () => DeltaScan,
  ): DeltaScan {
    const { moved } = request;
    if (moved === undefined || moved.size > movedMax) return make();
    this.follow(state);
    const name = `${nameOf(request, moved)} ${tables.join()}`;
    const known = this.scans.get(name) ?? [];
    for (const each of known) if (suits(each, request)) return each.scan;
    const scan = make();
    if (scan.done && scan.bytes <= bytesMax && this.count < scansMax) {
      this.scans.set(name, [...known, { scan, held: heldOf(scan, state, request) }]);
      this.count++;
    }
    return scan;
  }

  private follow(state: CommittedState): void {
    if (state === this.state && state.head === this.head) return;
    this.state = state;
    this.head = state.head;
    this.scans.clear();
    this.count = 0;
  }
}

/** Where a receiver stands, and which of its scopes moved. */
function nameOf({ since, at, upto }: DeltaRequest, moved: ReadonlySet<number>): string {
  const { seq, table, number } = at;
  return `${since} ${seq}/${table}/${number} ${upto} ${[...moved].join()}`;
}

function suits({ scan, held }: Known, request: DeltaRequest): boolean {
  if (scan.bytes >= request.bytesMax || scan.deltas.length > request.rowsMax) return false;
  return [...held].every(([scope, isHeld]) => request.held.has(scope) === isHeld);
}

function heldOf(
  { scopeSets }: DeltaScan,
  { scopes }: CommittedState,
  { held }: DeltaRequest,
): Map<number, boolean> {
  const members = [...scopeSets].flatMap((set) => [...scopes.setMembers(set)]);
  return new Map(members.map((scope) => [scope, held.has(scope)]));
}
