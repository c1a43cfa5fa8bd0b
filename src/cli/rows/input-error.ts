import { Code, SyncError } from '../../base/errors.ts';

/** Where something stands in an input: the line where it begins, or for binary the how manieth message it is. */
export interface Place {
  readonly file: string;
  readonly number: number;
  readonly isLine: boolean;
}

/** `rows.csv:17`, or `rows.binpb, row 17`. */
export function placeText({ file, number, isLine }: Place): string {
  return isLine ? `${file}:${number}` : `${file}, row ${number}`;
}

/** INVALID_ARGUMENT BAD_INPUT: an input cannot be read on from there. */
export function badInput(place: Place, problem: string, cause?: unknown): SyncError {
  return new SyncError(Code.invalidArgument, 'BAD_INPUT', `${placeText(place)}: ${problem}`, {
    metadata: { file: place.file, number: String(place.number) },
    cause,
  });
}
