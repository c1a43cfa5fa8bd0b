/** Numbers as they are, in JSON that JSON.stringify would change. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/** JSON in one line. Keeps the sign of a zero, which JSON has and JSON.stringify drops. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    Object.is(part, -0) ? rawJSON('-0') : part,
  );
}
