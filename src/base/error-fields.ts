import { type ErrorDetails, SyncError } from './errors.ts';

/** The same error in other words, with further facts; it is the cause. */
export function reworded(
  error: SyncError,
  message: string,
  added: Pick<ErrorDetails, 'fields' | 'metadata'> = {},
): SyncError {
  const { code, reason, fields, metadata, retryDelayMs } = error;
  return new SyncError(code, reason, message, {
    fields,
    ...added,
    metadata: { ...metadata, ...added.metadata },
    cause: error,
    ...(retryDelayMs === undefined ? {} : { retryDelayMs }),
  });
}

/** The error with the fields that it names under other paths; the message begins with the first where it did before. */
export function withFields(error: unknown, rename: (field: string) => string): unknown {
  if (!(error instanceof SyncError)) return error;
  const { fields } = error;
  const [first] = fields;
  if (first === undefined) return error;
  const message = error.message.startsWith(`${first.field}: `)
    ? rename(first.field) + error.message.slice(first.field.length)
    : error.message;
  return reworded(error, message, {
    fields: fields.map(({ field, description }) => ({ field: rename(field), description })),
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
