import type { StoredRow } from '../replica/journal-record.ts';
import type { ParkedTransaction } from '../replica/parked-transaction.ts';
import type { StorageStatus } from './replica-journal.ts';
import { Signal } from './signal.ts';
import type { Status } from './status.ts';
import type { PendingStatistics } from './written-transactions.ts';

/** What an app can follow of a client, by name; see the fields of `Client` of the same names. */
export interface ClientState {
  readonly status: Status;
  readonly storage: StorageStatus;
  readonly replicaId: string;
  readonly pendingStatistics: PendingStatistics;
  readonly parked: readonly ParkedTransaction[];
  readonly quarantined: readonly StoredRow[];
}

/** Called with each new value. What they throw is an uncaught exception, and does no harm to the client. */
export type ClientListeners = {
  readonly [Name in keyof ClientState]?: (value: ClientState[Name]) => void;
};

type Signals = { readonly [Name in keyof ClientState]: Signal<ClientState[Name]> };

/** The values that an app can follow. */
export class ClientEvents {
  private readonly signals: Signals;

  constructor(state: ClientState, listeners: ClientListeners = {}) {
    this.signals = {
      status: new Signal(state.status),
      storage: new Signal(state.storage),
      replicaId: new Signal(state.replicaId),
      pendingStatistics: new Signal(state.pendingStatistics),
      parked: new Signal(state.parked),
      quarantined: new Signal(state.quarantined),
    };
    for (const name of Object.keys(listeners) as (keyof ClientState)[]) {
      this.listen(name, listeners);
    }
  }

  of<Name extends keyof ClientState>(name: Name): Signal<ClientState[Name]> {
    return this.signals[name];
  }

  /** Tells of a value, unless it is the one that was told last. */
  tell<Name extends keyof ClientState>(name: Name, value: ClientState[Name]): void {
    const signal = this.of(name);
    if (signal.value !== value) signal.set(value);
  }

  close(): void {
    for (const signal of Object.values(this.signals)) signal.close();
  }

  private listen<Name extends keyof ClientState>(name: Name, listeners: ClientListeners): void {
    const listener = listeners[name];
    if (listener !== undefined) this.of(name).on(listener);
  }
}
