/** What a codec of a team's own may be called: 1 to 64 letters, digits, dots, hyphens and underscores of ASCII. */
const codecNamePattern = /^[A-Za-z0-9._-]{1,64}$/;

/** What is wrong with such a name; undefined where nothing is. */
export function badCodecName(name: string): string | undefined {
  if (codecNamePattern.test(name)) return undefined;
  return 'must be 1 to 64 letters, digits, dots, hyphens and underscores';
}
