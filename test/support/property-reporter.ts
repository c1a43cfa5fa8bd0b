/**
 * Prints, after the tests, which of the promised properties (P1..P37) and invariants (I1..I13) they check. A test says
 * so by a name that starts with the tags, as in `[P6][P24] ...`; a tag on a `describe` counts for its tests.
 */
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';

const groups = [
  { letter: 'P', noun: 'properties', count: 37 },
  { letter: 'I', noun: 'invariants', count: 13 },
] as const;

/** What the tests of one tag came to: a tag is covered when some passed and none failed. */
export interface TagTally {
  passed: number;
  failed: number;
}

export class PropertyReporter implements Reporter {
  readonly #write: (text: string) => void;
  #isWhole = true;

  constructor(write: (text: string) => void = (text) => process.stdout.write(text)) {
    this.#write = write;
  }

  onInit(vitest: Vitest): void {
    // What a run of chosen files leaves out says nothing; `npm test`, which measures coverage, is the whole.
    this.#isWhole = vitest.config.coverage.enabled;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    if (!this.#isWhole) return;
    const tallies = new Map<string, TagTally>();
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state !== 'passed' && state !== 'failed') continue;
        for (const tag of tagsOf(namesOf(test))) {
          const tally = tallies.get(tag) ?? { passed: 0, failed: 0 };
          tally[state] += 1;
          tallies.set(tag, tally);
        }
      }
    }
    this.#write(`\n${coverageTable(tallies)}\n`);
  }
}

/** The tags that these names start with, each once. */
export function tagsOf(names: readonly string[]): Set<string> {
  const tags = new Set<string>();
  for (const name of names) {
    const start = /^(?:\[[PI]\d+\])+/.exec(name)?.[0] ?? '';
    for (const match of start.matchAll(/[PI]\d+/g)) tags.add(match[0]);
  }
  return tags;
}

/** Two lines a group: what is covered, with the number of tests, and what is not. */
export function coverageTable(tallies: ReadonlyMap<string, TagTally>): string {
  const lines = groups.flatMap(({ letter, noun, count }) => {
    const covered: string[] = [];
    const missing: string[] = [];
    const failing: string[] = [];
    for (let number = 1; number <= count; number += 1) {
      const tag = `${letter}${number}`;
      const tally = tallies.get(tag);
      if (tally === undefined) missing.push(tag);
      else if (tally.failed > 0) failing.push(tag);
      else covered.push(tally.passed === 1 ? tag : `${tag}(${tally.passed})`);
    }
    return [
      ` ${noun}: ${covered.length} of ${count} covered${list(covered)}`,
      ...(failing.length > 0 ? [`   failing${list(failing)}`] : []),
      ...(missing.length > 0 ? [`   not yet${list(missing)}`] : []),
    ];
  });
  const known = new Set(groups.flatMap(({ letter, count }) => numbered(letter, count)));
  const unknown = [...tallies.keys()].filter((tag) => !known.has(tag));
  if (unknown.length > 0) lines.push(` tags of nothing known${list(unknown)}`);
  return lines.join('\n');
}

function namesOf(test: TestCase): string[] {
  const names = [test.name];
  for (let parent = test.parent; parent.type === 'suite'; parent = parent.parent) {
    names.push(parent.name);
  }
  return names;
}

function numbered(letter: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
}

function list(tags: readonly string[]): string {
  return tags.length === 0 ? '' : `: ${tags.join(' ')}`;
}
