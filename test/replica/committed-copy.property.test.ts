/** A relay between the home and a leaf: what the leaf holds is what the relay holds of its scopes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CommittedCopy } from '../../src/replica/committed-copy.ts';
import { intersectPatterns } from '../../src/schema/scope-pattern.ts';
import { anyEdit, changeOf } from '../support/model-edits.ts';
import { liveRows, ModelHome } from '../support/model-home.ts';
import { type BatchSize, ModelReceiver } from '../support/model-receiver.ts';
import { modelSchema } from '../support/model-schema.ts';

const patterns = ['', 'site/a', 'site/b', 'site/*', 'tag/x', '*', '$writers'];
const subscriptions = fc.subarray(patterns, { minLength: 1, maxLength: 4 });
const sizes: fc.Arbitrary<BatchSize> = fc.record({
  rowsMax: fc.integer({ min: 1, max: 4 }),
  bytesMax: fc.constantFrom(40, 1_000),
  visitsMax: fc.integer({ min: 1, max: 6 }),
});
const pulls = { batches: fc.integer({ min: 1, max: 5 }), size: sizes };

const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        type: fc.constant('write' as const),
        edits: fc.array(anyEdit, { minLength: 1, maxLength: 3 }),
      }),
    },
    { weight: 4, arbitrary: fc.record({ type: fc.constant('relay' as const), ...pulls }) },
    { weight: 4, arbitrary: fc.record({ type: fc.constant('leaf' as const), ...pulls }) },
    { weight: 1, arbitrary: fc.constant({ type: 'relay restarts' as const }) },
    {
      weight: 1,
      arbitrary: fc.record({ type: fc.constant('ask' as const), scopes: subscriptions }),
    },
  ),
  { maxLength: 50, size: 'max' },
);

/** A leaf that is served by a relay: of its scopes those that the relay holds. */
class RelayedLeaf {
  readonly receiver: ModelReceiver;
  private readonly relay: ModelReceiver;
  private source = {};

  constructor(relay: ModelReceiver, scopes: readonly string[]) {
    this.relay = relay;
    this.receiver = new ModelReceiver(this.served(scopes));
  }

  ask(scopes: readonly string[]): void {
    this.receiver.resubscribe(this.served(scopes));
  }

  /** One batch. At a checkpoint the copy must be proven, and be what the relay has. */
  pull(size: BatchSize): boolean {
    const { state } = this.relay;
    if (!this.relay.copy.synced) return true;
    if (state !== this.source && this.receiver.knownSeq < state.horizon) this.receiver.restart();
    this.source = state;
    const proven = this.receiver.store(this.receiver.gather(state, size));
    if (proven === undefined) return false;
    expect(proven).toBe(true);
    expect(liveRows(this.receiver.state)).toEqual(
      liveRows(state, (table, scopes) => this.receiver.holds(table, scopes)),
    );
    return true;
  }

  private served(scopes: readonly string[]): string[] {
    return intersectPatterns(scopes, this.relay.served.scopes);
  }
}

describe('a relay', () => {
  test('[I1][I8][P8] hands on deletions and evictions, also to those who were cut off, and when it began anew', () => {
    fc.assert(
      fc.property(steps, subscriptions, subscriptions, (all, held, asked) => {
        const model = new ModelHome();
        const relay = new ModelReceiver(held, new CommittedCopy(modelSchema, true));
        const leaf = new RelayedLeaf(relay, asked);
        for (const step of all) {
          if (step.type === 'write')
            model.write(
              'ann',
              step.edits.map((edit) => changeOf(edit)),
            );
          else if (step.type === 'relay restarts') relay.restart();
          else if (step.type === 'ask') leaf.ask(step.scopes);
          else {
            for (let left = step.batches; left > 0; left--) {
              if (step.type === 'leaf') leaf.pull(step.size);
              else if (relay.store(relay.gather(model.state, step.size)) === false) expect.fail();
            }
          }
        }
        expect(relay.pull(model.state)).toBe(true);
        while (!leaf.pull({ rowsMax: 5, bytesMax: 1_000, visitsMax: 5 }));
        expect(leaf.receiver.state.head).toBe(model.state.head);
      }),
      { numRuns: 300 },
    );
  });
});
