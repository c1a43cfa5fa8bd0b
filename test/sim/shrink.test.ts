import { expect, test } from 'vitest';
import { failureOf, invariantOf, type Schedule, shrink, type Try } from './shrink.ts';

/** A run of 64 acts, one each ten steps, that breaks I2 once all of these have happened. */
function needing(acts: readonly number[]): Try {
  return async ({ steps, leftOut }) => {
    const reached = Math.min(64, Math.floor(steps / 10));
    const isBroken = acts.every((act) => act < reached && !leftOut.includes(act));
    return { steps, acts: reached, message: isBroken ? 'I2: lost' : undefined };
  };
}

const whole: Schedule = { seed: 1, steps: 1_000, leftOut: [] };

test('leaves no step behind the failure, and no act that it does not take', async () => {
  const { steps, leftOut } = await shrink(whole, needing([3, 17, 31]));
  expect(steps).toBe(320);
  const kept = Array.from({ length: 32 }, (_, act) => act).filter((act) => !leftOut.includes(act));
  expect(kept).toEqual([3, 17, 31]);
});

test('shrinks the same schedule to the same one', async () => {
  const attempt = needing([5, 60]);
  expect(await shrink(whole, attempt)).toEqual(await shrink(whole, attempt));
});

test('a failure of another invariant is another failure', async () => {
  const attempt: Try = async ({ steps }) => ({
    steps,
    acts: 0,
    message: steps < 600 ? 'I5: went back' : 'I2: lost',
  });
  expect((await shrink(whole, attempt)).steps).toBe(600);
});

test('another failure of the same invariant is another failure, too', async () => {
  const attempt: Try = async ({ steps }) => ({
    steps,
    acts: 0,
    message: steps < 600 ? 'I2: c1/3 is in the log a second time' : `I2: the log lacks c${steps}/1`,
  });
  expect((await shrink(whole, attempt)).steps).toBe(600);
});

test('a failure is what its message says of whomever', () => {
  const failure = failureOf('I5: c0.f1 shows test.v1.Station s2 as s2|n 106, not nothing');
  expect(failure).toBe('I5: # shows # as # not nothing');
  expect(failureOf('I5: relay1 shows test.v1.Station s3 as s3|n9, not nothing')).toBe(failure);
  expect(failureOf('I1: c0 has [a; b c] and lacks []')).toBe('I1: # has # and lacks #');
  expect(invariantOf('I5: c0 has it')).toBe('I5');
  expect(invariantOf('no words of an invariant')).toBe('no words of an invariant');
});

test('what breaks nothing cannot be shrunk', async () => {
  await expect(shrink(whole, needing([1_000]))).rejects.toThrow('seed 1 breaks nothing');
});
