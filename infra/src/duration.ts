/** Durations and moments as a person types and reads them: `90m`, `24h`, `30d`; `in 3 h`, `2 d ago`. Pure. */
import { PersonError } from './person-error.ts';

const seconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** @throws PersonError that names the option */
export const parseDuration = (text: string, option: string): number => {
  const [, count, unit] = /^(\d{1,6})([smhdw])$/.exec(text.trim()) ?? [];
  if (!count || !unit || Number(count) === 0)
    throw new PersonError(`--${option} ${text}: a duration is a number with s, m, h, d or w, such as 24h or 30d.`);
  return Number(count) * seconds[unit]!;
};

const largest = (ms: number): string => {
  const [unit, size] = Object.entries(seconds)
    .filter(([name]) => name !== 'w')
    .reverse()
    .find(([, each]) => ms >= 2 * each * 1000) ?? ['s', 1];
  return `${Math.floor(ms / (size * 1000))} ${unit}`;
};

export const fromNow = (atMs: number, nowMs: number): string =>
  atMs > nowMs ? `in ${largest(atMs - nowMs)}` : `${largest(nowMs - atMs)} ago`;
