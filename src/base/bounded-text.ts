/**
 * A text of `lengthMax` UTF-16 units at the most, well formed, which anything that somebody sent may be put into: what is cut
 * off ends in an ellipsis.
 */
export function boundedText(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text.toWellFormed();
  const kept = text.slice(0, Math.max(0, lengthMax - 1));
  // No half of a pair: it would be another character.
  const isCut = /[\uD800-\uDBFF]$/.test(kept);
  return `${(isCut ? kept.slice(0, -1) : kept).toWellFormed()}…`;
}

/** As much of a name that somebody sent as an error tells. */
export function boundedName(name: string): string {
  return boundedText(name, nameLengthMax);
}

/** The same as a message quotes it. */
export function quoted(name: string): string {
  return JSON.stringify(boundedName(name));
}

const nameLengthMax = 200;
