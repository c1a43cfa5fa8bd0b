/** Everything that can go wrong in a run. A default run in which one of them never happened proves too little. */
export const faults = [
  'append outcome unknown, written',
  'append outcome unknown, lost',
  'disk full',
  'slow disk',
  'home crash',
  'home crash while appending, lost',
  'home crash while appending, kept',
  'home crash in recovery',
  'home clock jump',
  'client crash',
  'client crash with unstored writes',
  'client clock jump',
  'backup brought back',
  'device copied',
  'identity changed',
  'resubscribe',
  'relay crash',
  'connection refused',
  'cut',
  'half-open',
  'one-way',
  'slow link',
  'lost in flight',
  'old push again',
] as const;

export type Fault = (typeof faults)[number];

/** What happened in a run, as a hash: two runs of a seed are the same where these are. And how often what fired. */
export class Trace {
  readonly fired = new Map<Fault, number>(faults.map((fault) => [fault, 0]));
  private low = 0x811c9dc5;
  private high = 0x01000193;
  private readonly print: ((line: string) => void) | undefined;

  constructor(print?: (line: string) => void) {
    this.print = print;
  }

  get hash(): string {
    return [this.high, this.low].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
  }

  say(nowMs: number, text: string): void {
    this.add(nowMs % 0x7fffffff);
    for (let index = 0; index < text.length; index++) this.add(text.charCodeAt(index));
    this.print?.(`${nowMs} ${text}`);
  }

  fault(nowMs: number, fault: Fault, where = ''): void {
    this.fired.set(fault, this.fired.get(fault)! + 1);
    this.say(nowMs, `! ${fault} ${where}`);
  }

  /** FNV-1a, twice. */
  private add(word: number): void {
    this.low = Math.imul(this.low ^ word, 0x01000193);
    this.high = Math.imul(this.high ^ (word + 0x9e37) ^ (this.low >>> 7), 0x85ebca6b);
  }
}
