import { everyoneScope } from '../schema/scope-template.ts';
import type { Identity } from './source.ts';
import { coverTest } from './subscription.ts';

/** Tells of the scopes of a row whether something may be done with it. */
export type RightTest = (scopes: readonly string[]) => boolean;

/** Which rows an identity may read: one of their scopes is enough, and a row in no scope is for those who read all. */
export function readTest({ readScopes }: Pick<Identity, 'readScopes'>): RightTest {
  if (readScopes.includes('*')) return () => true;
  const covers = coverTest([everyoneScope, ...readScopes]);
  return (scopes) => scopes.some(covers);
}

/**
 * Which rows it may write: that takes all of their scopes. Nobody reads a row in no scope, so to make one, or to take it
 * into a scope, is for those who may write everything.
 */
export function writeTest({ writeScopes }: Pick<Identity, 'writeScopes'>): RightTest {
  if (writeScopes.includes('*')) return () => true;
  const covers = coverTest(writeScopes);
  return (scopes) => scopes.length > 0 && scopes.every(covers);
}
