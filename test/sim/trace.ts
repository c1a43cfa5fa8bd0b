import { type Branch, branches, isLimit, type Limit } from './branches.ts';
import { type Fault, faults } from './faults.ts';

/** What happened in a run, as a hash: two runs of a seed are the same where these are. And how often what fired. */
export class Trace {
  readonly fired = new Map<Fault, number>(faults.map((fault) => [fault, 0]));
  readonly marked = new Map<Branch, number>(branches.map((branch) => [branch, 0]));
  /** Called where something is not as it ought to be, and is taken for a known limitation. */
  onLimit: (limit: Limit) => void = () => {};
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

  /** Something rare came about. */
  mark(branch: Branch): void {
    this.marked.set(branch, this.marked.get(branch)! + 1);
    if (isLimit(branch)) this.onLimit(branch);
  }

  /** The same, of what only the name tells; a name that is none of a rare branch is passed over. */
  markNamed(name: string): void {
    const count = this.marked.get(name as Branch);
    if (count !== undefined) this.marked.set(name as Branch, count + 1);
  }

  /** FNV-1a, twice. */
  private add(word: number): void {
    this.low = Math.imul(this.low ^ word, 0x01000193);
    this.high = Math.imul(this.high ^ (word + 0x9e37) ^ (this.low >>> 7), 0x85ebca6b);
  }
}
