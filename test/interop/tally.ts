/** Counts checks, and prints a line for each as it is made. */
export interface Tally {
  readonly failed: number;
  /** Something was seen to be as it must be. */
  ok(name: string, detail?: string): void;
  fail(name: string, problem: string): void;
  skip(name: string, reason: string): void;
  /** Makes one check: what it throws fails it, what it returns is printed. */
  check(name: string, make: () => Promise<string>): Promise<void>;
  /** `12 passed, 0 failed, 1 skipped`. */
  summary(): string;
}

export function createTally(): Tally {
  return new PrintingTally();
}

class PrintingTally implements Tally {
  failed = 0;
  private passed = 0;
  private skipped = 0;

  ok(name: string, detail = ''): void {
    this.passed++;
    console.log(`ok ${name} ${detail}`.trimEnd());
  }

  fail(name: string, problem: string): void {
    this.failed++;
    console.log(`FAILED ${name} ${problem}`);
  }

  skip(name: string, reason: string): void {
    this.skipped++;
    console.log(`skipped ${name}: ${reason}`);
  }

  async check(name: string, make: () => Promise<string>): Promise<void> {
    try {
      this.ok(name, await make());
    } catch (error) {
      this.fail(name, error instanceof Error ? error.message : String(error));
    }
  }

  summary(): string {
    return `${this.passed} passed, ${this.failed} failed, ${this.skipped} skipped`;
  }
}
