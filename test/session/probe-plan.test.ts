import { expect, test } from 'vitest';
import { ProbePlan } from '../../src/session/probe-plan.ts';

test('[I12] what is asked before a hello is answered by the first checkpoint, and is not sent', () => {
  const probes = new ProbePlan();
  expect([probes.ask(true), probes.ask(true)]).toEqual([1, 2]);
  expect(probes.next()).toBeUndefined();
  probes.checkpoint(0);
  expect(probes.answered).toBe(2);
});

test('[I12] what is asked later is sent once, the newest for all, and answered by its number', () => {
  const probes = new ProbePlan();
  probes.begin();
  expect([probes.ask(false), probes.ask(false)]).toEqual([1, 2]);
  expect([probes.next(), probes.next()]).toEqual([2, undefined]);
  probes.checkpoint(0);
  expect(probes.answered).toBe(0);
  probes.checkpoint(2);
  probes.checkpoint(1);
  expect(probes.answered).toBe(2);
});

test('[I12] what was sent on a stream that ended is answered by the first checkpoint of the next', () => {
  const probes = new ProbePlan();
  probes.ask(false);
  probes.next();
  probes.begin();
  expect(probes.next()).toBeUndefined();
  probes.checkpoint(0);
  expect(probes.answered).toBe(1);
});
