import { comparePositions, type Posting } from './posting-list.ts';

/** The next entry of one scope's list, and the rest of the list. */
interface Source {
  readonly scope: number;
  posting: Posting;
  readonly rest: Iterator<Posting>;
}

/** Merges the postings of several scopes in order: a binary heap of their lists by next entry. */
export class PostingMerge {
  private readonly heap: Source[] = [];

  /** Takes part from now on: `postings` are in order. */
  add(scope: number, postings: Iterator<Posting>): void {
    const next = postings.next();
    if (next.done === true) return;
    this.heap.push({ scope, posting: next.value, rest: postings });
    this.up(this.heap.length - 1);
  }

  /** The next posting of all, and the scope in whose list it stands. */
  next(): { scope: number; posting: Posting } | undefined {
    const top = this.heap[0];
    if (top === undefined) return undefined;
    const { scope, posting } = top;
    const following = top.rest.next();
    if (following.done === true) this.removeTop();
    else top.posting = following.value;
    this.down();
    return { scope, posting };
  }

  private removeTop(): void {
    const last = this.heap.pop() as Source;
    if (this.heap.length > 0) this.heap[0] = last;
  }

  private less(left: number, right: number): boolean {
    return comparePositions(this.heap[left]!.posting, this.heap[right]!.posting) < 0;
  }

  private swap(left: number, right: number): void {
    const source = this.heap[left]!;
    this.heap[left] = this.heap[right]!;
    this.heap[right] = source;
  }

  private up(start: number): void {
    for (let at = start; at > 0; ) {
      const parent = (at - 1) >>> 1;
      if (!this.less(at, parent)) return;
      this.swap(at, parent);
      at = parent;
    }
  }

  private down(): void {
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.heap.length && this.less(child, least)) least = child;
      }
      if (least === at) return;
      this.swap(at, least);
      at = least;
    }
  }
}
