/**
 * Whether a text is a schedule in the format of cron, as the parser upstream uses reads it: five fields or a descriptor, an optional time zone in
 * front. The words of what is wrong reach clients.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
 */
import { parseDuration } from '../dsl/duration.ts';

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names?: ReadonlyMap<string, number>;
}

const numbered = (words: string, first: number): ReadonlyMap<string, number> =>
  new Map(words.split(' ').map((word, i) => [word, i + first]));

const fields: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: numbered('jan feb mar apr may jun jul aug sep oct nov dec', 1) },
  { min: 0, max: 6, names: numbered('sun mon tue wed thu fri sat', 0) },
];
const descriptors = new Set(['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']);
const MAX_TEXT = 1024;

/** What is wrong with the schedule; undefined when nothing is. */
export const scheduleProblem = (text: string): string | undefined => {
  if (text.length > MAX_TEXT) return `must be no more than ${MAX_TEXT} bytes`;
  const spec = text.replace(/^(?:CRON_)?TZ=\S*\s*/, '');
  if (spec.trim() === '') return 'empty spec string';
  if (spec.startsWith('@')) return descriptorProblem(spec);
  const parts = spec.trim().split(/\s+/);
  if (parts.length !== fields.length) return `expected exactly 5 fields, found ${parts.length}: [${parts.join(' ')}]`;
  for (const [i, part] of parts.entries()) {
    for (const expression of part.split(',')) {
      const problem = rangeProblem(expression, fields[i]!);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
};

/** Seconds between runs of `@every 1h30m`; undefined for any other schedule. At least 1. */
export const everySeconds = (text: string): number | undefined => {
  if (!text.startsWith('@every ')) return undefined;
  const nanoseconds = parseDuration(text.slice('@every '.length));
  return nanoseconds === undefined ? undefined : Math.max(1, Math.trunc(Number(nanoseconds) / 1e9));
};

/** The same schedule in the words every reader of cron knows: `5/10` means `5-59/10` here, and `+5` means `5`. */
export const spelledOut = (text: string): string => {
  if (text.startsWith('@')) return text;
  const parts = text.trim().split(/\s+/);
  return parts
    .map((part, i) =>
      part
        .split(',')
        .map((expression) => expression.replace(/\+(?=[0-9])/g, '').replace(/^([^-/*?]+)\/(.+)$/, `$1-${fields[i]?.max ?? ''}/$2`))
        .join(','),
    )
    .join(' ');
};

const descriptorProblem = (spec: string): string | undefined => {
  if (descriptors.has(spec)) return undefined;
  if (!spec.startsWith('@every ')) return `unrecognized descriptor: ${spec}`;
  const every = spec.slice('@every '.length);
  return parseDuration(every) === undefined
    ? `failed to parse duration ${spec}: time: invalid duration ${JSON.stringify(every)}`
    : undefined;
};

/** `*`, `5`, `1-5`, each with an optional `/step`. */
const rangeProblem = (expression: string, bounds: Bounds): string | undefined => {
  const [range = '', step, ...moreSteps] = expression.split('/');
  const [low = '', high, ...moreEnds] = range.split('-');
  let start = bounds.min;
  let end = bounds.max;
  if (low !== '*' && low !== '?') {
    const first = numberOf(low, bounds);
    if (typeof first === 'string') return first;
    start = first;
    end = step !== undefined && high === undefined ? bounds.max : first;
    if (high !== undefined) {
      const last = numberOf(high, bounds);
      if (typeof last === 'string') return last;
      end = last;
    }
    if (moreEnds.length > 0) return `too many hyphens: ${expression}`;
  }
  let every = 1;
  if (step !== undefined) {
    const parsed = numberOf(step, { min: 0, max: 0 });
    if (typeof parsed === 'string') return parsed;
    every = parsed;
  }
  if (moreSteps.length > 0) return `too many slashes: ${expression}`;
  if (start < bounds.min) return `beginning of range (${start}) below minimum (${bounds.min}): ${expression}`;
  if (end > bounds.max) return `end of range (${end}) above maximum (${bounds.max}): ${expression}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${expression}`;
  return every === 0 ? `step of range should be a positive number: ${expression}` : undefined;
};

/** The number, or what is wrong. */
const numberOf = (text: string, { names }: Bounds): number | string => {
  const named = names?.get(text.toLowerCase());
  if (named !== undefined) return named;
  if (/^-[0-9]+$/.test(text)) return `negative number (${Number(text)}) not allowed: ${text}`;
  if (/^\+?[0-9]{1,15}$/.test(text)) return Number(text);
  return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
};
