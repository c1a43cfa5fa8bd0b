import { invalidField } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { compareUtf8, utf8Length } from '../base/utf8.ts';
import { isControl, systemScopeMark } from './scope-template.ts';

/**
 * Patterns are what subscriptions and grants name: one scope by its exact name, or, with a final `*`, all scopes
 * whose name begins with what stands before it. `*` alone is every scope but SyncDB's own, whose names begin with
 * `$`. The empty pattern is the scope of everyone.
 */
const wildcard = '*';

/**
 * Checks a pattern from outside. Raises INVALID_ARGUMENT BAD_SCOPE_PATTERN naming `field`, the pattern's path in its
 * request, for a `*` that is not at the end, for control characters and lone surrogates, and for more than
 * `limits.scopeBytesMax` bytes.
 */
export function checkPattern(pattern: string, field: string, limits: Limits): void {
  const wrong = wrongName(textOf(pattern), limits);
  if (wrong !== undefined) throw invalidField(field, 'BAD_SCOPE_PATTERN', wrong);
}

function wrongName(text: string, limits: Limits): string | undefined {
  if (!text.isWellFormed()) return 'has a lone surrogate';
  if (utf8Length(text) > limits.scopeBytesMax) return `has more than ${limits.scopeBytesMax} bytes`;
  for (let index = 0; index < text.length; index++) {
    if (text[index] === wildcard) return 'has a * that is not at its end';
    if (isControl(text.charCodeAt(index))) return 'has a control character';
  }
  return undefined;
}

/** True where the pattern names this scope. */
export function patternMatches(pattern: string, scope: string): boolean {
  if (!pattern.endsWith(wildcard)) return scope === pattern;
  if (pattern.length === 1) return !scope.startsWith(systemScopeMark);
  return scope.startsWith(textOf(pattern));
}

/** True where `outer` names every scope that `inner` names. */
export function patternCovers(outer: string, inner: string): boolean {
  if (!inner.endsWith(wildcard)) return patternMatches(outer, inner);
  if (outer === inner) return true;
  if (inner.length === 1) return false;
  return outer.endsWith(wildcard) && patternMatches(outer, textOf(inner));
}

/** True where one of the patterns names this scope. */
export function patternsMatch(patterns: readonly string[], scope: string): boolean {
  return patterns.some((pattern) => patternMatches(pattern, scope));
}

/** True where each of the scopes is named by one of the patterns. */
export function coveredBy(scopes: readonly string[], patterns: readonly string[]): boolean {
  return scopes.every((scope) => patternsMatch(patterns, scope));
}

/**
 * The same scopes in the fewest patterns, sorted by UTF-8 bytes: lists that mean the same come out equal.
 */
export function normalisePatterns(patterns: readonly string[]): string[] {
  return disjoint(patterns).sort(compareUtf8);
}

/** What both lists name, normalised: for instance what of a subscription its grants allow. */
export function intersectPatterns(left: readonly string[], right: readonly string[]): string[] {
  const ours = disjoint(left);
  const theirs = disjoint(right);
  // Two patterns name disjoint scopes, or one covers the other.
  return normalisePatterns([
    ...ours.filter((pattern) => disjointCover(theirs, pattern)),
    ...theirs.filter((pattern) => disjointCover(ours, pattern)),
  ]);
}

/** The patterns that no other covers, in the order of their texts. Takes n log n steps, since clients send lists. */
function disjoint(patterns: readonly string[]): string[] {
  const kept: string[] = [];
  for (const pattern of [...patterns].sort(compareTexts)) {
    if (!disjointCover(kept, pattern)) kept.push(pattern);
  }
  return kept;
}

/** By what stands before the `*`; of two equal texts the one with `*` first. */
function compareTexts(left: string, right: string): number {
  return compareUtf8(textOf(left), textOf(right)) || right.length - left.length;
}

/** True where one of these, which are disjoint and in the order of their texts, covers `inner`. */
function disjointCover(sorted: readonly string[], inner: string): boolean {
  const first = sorted[0];
  if (first === undefined) return false;
  // What a prefix covers follows it in this order, and nothing else stands between. So the last pattern that is not
  // behind `inner` is the only one that can cover it; but `*`, which is first, leaves out what begins with `$`.
  if (patternCovers(first, inner)) return true;
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareTexts(sorted[middle]!, inner) <= 0) low = middle + 1;
    else high = middle;
  }
  return low > 0 && patternCovers(sorted[low - 1]!, inner);
}

function textOf(pattern: string): string {
  return pattern.endsWith(wildcard) ? pattern.slice(0, -1) : pattern;
}
