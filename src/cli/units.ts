import { epochOf, positionOf } from '../base/seq.ts';

const byteUnits = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `12 bytes`, `1.5 KiB`, `230 MiB`. */
export function byteText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1_023.5 && unit < byteUnits.length - 1) {
    value /= 1_024;
    unit++;
  }
  const digits = unit > 0 && value < 99.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${byteUnits[unit]}`;
}

/** `12 s`, `3 min 20 s`, `5 h 2 min`, `12 d 3 h`: the two largest units. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts: [count: number, unit: string][] = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3_600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

/** A seq as people count commits: its position, and the epoch where there was a fork. */
export function seqText(seq: bigint): string {
  const epoch = epochOf(Number(seq));
  const position = positionOf(Number(seq)).toLocaleString('en-US');
  return epoch === 0 ? position : `${position} in epoch ${epoch}`;
}
