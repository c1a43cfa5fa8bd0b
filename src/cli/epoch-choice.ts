import { invalidField } from '../base/errors.ts';
import { epochMax } from '../base/seq.ts';
import { epochsExhausted } from '../replica/replica-errors.ts';

/** RESOURCE_EXHAUSTED EPOCHS_EXHAUSTED, or INVALID_ARGUMENT BAD_EPOCH where an epoch is not above `newest`. */
export function checkEpoch(epoch: number, newest: number): void {
  if (newest >= epochMax) throw epochsExhausted(epochMax);
  if (epoch > newest && epoch <= epochMax) return;
  const range = `must be ${newest + 1} to ${epochMax}: what is here knows of epochs up to ${newest}`;
  throw invalidField('epoch', 'BAD_EPOCH', range);
}
