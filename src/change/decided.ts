import { defaultLimits, type Limits } from '../base/limits.ts';

/**
 * Limits for rows that the home has decided. They were judged on the way in, and ledger rows hold two of the team's
 * rows; a limit that was lowered since, or is lower on this device, must keep nobody from reading them. Only the depth
 * stays bounded, because reading nested messages takes stack.
 */
export const decidedLimits: Limits = {
  ...defaultLimits,
  keyBytesMax: Number.MAX_SAFE_INTEGER,
  scopeBytesMax: Number.MAX_SAFE_INTEGER,
  rowScopesMax: Number.MAX_SAFE_INTEGER,
  rowBytesMax: Number.MAX_SAFE_INTEGER,
  nestingDepthMax: 1_000,
};
