import { SyncError } from './errors.ts';

/** The error with the fields that it names under other paths; the message begins with the first where it did before. */
export function withFields(error: unknown, rename: (field: string) => string): unknown {
  if (!(error instanceof SyncError)) return error;
  const { code, reason, metadata, retryDelayMs, fields } = error;
  const [first] = fields;
  if (first === undefined) return error;
  const message = error.message.startsWith(`${first.field}: `)
    ? rename(first.field) + error.message.slice(first.field.length)
    : error.message;
  return new SyncError(code, reason, message, {
    fields: fields.map(({ field, description }) => ({ field: rename(field), description })),
    metadata,
    cause: error,
    ...(retryDelayMs === undefined ? {} : { retryDelayMs }),
  });
}

/** Runs a step; the fields that its errors name are renamed. */
export function renamed<T>(step: () => T, rename: (field: string) => string): T {
  try {
    return step();
  } catch (error) {
    throw withFields(error, rename);
  }
}
