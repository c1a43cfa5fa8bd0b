/** Everything that can go wrong in a run. A default run in which one of them never happened proves too little. */
export const faults = [
  // The home's disk. A group is appended wholly or not at all: that is the promise of the log's adapters, and their own
  // tests tear groups. A second stage adds here what takes epochs and snapshots to survive: a sync that lies, a log that
  // lost its end, a flipped bit, a rename that got lost, a backup that was restored, two processes on one store.
  'append outcome unknown, written',
  'append outcome unknown, lost',
  'disk full',
  'slow disk',
  'read failed',
  // The home's process.
  'home crash',
  'home crash while appending, lost',
  'home crash while appending, kept',
  'home crash before an append',
  'home crash after an append, before its answer',
  'home crash after the answer to an append',
  'home crash while reading',
  'home crash in recovery',
  'home shutdown',
  'home clock jump',
  // Devices.
  'client crash',
  'client crash with unstored writes',
  'client clock jump',
  'backup brought back',
  'device copied',
  'identity changed',
  'resubscribe',
  'relay crash',
  // The network.
  'connection refused',
  'cut',
  'cut between messages',
  'cut in a message',
  'half-open',
  'one-way',
  'slow link',
  'slow reader',
  'lost in flight',
  'old stream goes on behind a new one',
  'old push again',
  'partition',
  'asymmetric partition',
] as const;

export type Fault = (typeof faults)[number];
