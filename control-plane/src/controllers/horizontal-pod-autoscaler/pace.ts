/**
 * How fast an autoscaler may go: the most careful of the recent recommendations, and at most so many pods in so many seconds. What was recommended and done
 * lately is remembered in an annotation, cut to what can still matter.
 */
import type { HorizontalPodAutoscaler } from '#schema/autoscaling/horizontal-pod-autoscaler.ts';

export const MEMORY_ANNOTATION = 'autoscaling.kedge.dev/memory';
const DEFAULT_DOWN_WINDOW_S = 300;
const MAX_ENTRIES = 60;

type Entry = readonly [atMs: number, value: number];

export interface Memory {
  /** Recommendations. */
  readonly recommended: readonly Entry[];
  /** Changes of size: positive up, negative down. */
  readonly scaled: readonly Entry[];
}

const isEntry = (value: unknown): value is Entry =>
  Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'number' && Number.isFinite(part));

/** What cannot be read counts as nothing. */
export const readMemory = (autoscaler: HorizontalPodAutoscaler): Memory => {
  try {
    const { recommended, scaled } = JSON.parse(autoscaler.metadata.annotations?.[MEMORY_ANNOTATION] ?? '{}');
    const entries = (list: unknown): Entry[] => (Array.isArray(list) ? list.filter(isEntry).slice(-MAX_ENTRIES) : []);
    return { recommended: entries(recommended), scaled: entries(scaled) };
  } catch {
    return { recommended: [], scaled: [] };
  }
};

const rulesOf = ({ spec }: HorizontalPodAutoscaler) => {
  const period = { periodSeconds: 15 };
  return {
    up: spec.behavior?.scaleUp ?? {
      stabilizationWindowSeconds: 0,
      policies: [
        { type: 'Pods', value: 4, ...period },
        { type: 'Percent', value: 100, ...period },
      ],
    },
    down: spec.behavior?.scaleDown ?? { policies: [{ type: 'Percent', value: 100, ...period }] },
  };
};

type Rules = ReturnType<typeof rulesOf>['up'] & { readonly selectPolicy?: string };

const windowMs = (rules: Rules, fallbackSeconds: number): number => (rules.stabilizationWindowSeconds ?? fallbackSeconds) * 1000;

/** What the policies of one direction allow from `current`. */
const limitOf = (rules: Rules, current: number, scaled: readonly Entry[], direction: 1 | -1, nowMs: number): number => {
  if (rules.selectPolicy === 'Disabled') return current;
  const limits = (rules.policies ?? []).map(({ type, value, periodSeconds }) => {
    const inPeriod = scaled.filter(([at]) => at > nowMs - periodSeconds * 1000);
    const start = current - inPeriod.reduce((sum, [, change]) => sum + change, 0);
    if (type === 'Pods') return start + direction * value;
    return direction > 0 ? Math.ceil(start * (1 + value / 100)) : Math.floor(start * (1 - value / 100));
  });
  if (limits.length === 0) return current;
  // Max means the largest change, whatever its direction
  const widest = (rules.selectPolicy ?? 'Max') === 'Max';
  return direction > 0 === widest ? Math.max(...limits) : Math.min(...limits);
};

export interface Paced {
  readonly replicas: number;
  readonly memory: Memory;
  /** Recommendations of the last minutes held it back. */
  readonly stabilized: 'up' | 'down' | undefined;
  /** A policy held it back. */
  readonly limited: 'up' | 'down' | undefined;
}

export const pace = (autoscaler: HorizontalPodAutoscaler, current: number, desired: number, nowMs: number): Paced => {
  const rules = rulesOf(autoscaler);
  const known = readMemory(autoscaler);
  // a first look counts the present size as recommended: nothing is taken away before its time
  const before: Memory = known.recommended.length > 0 ? known : { ...known, recommended: [[nowMs, current]] };
  const [up, down] = [windowMs(rules.up, 0), windowMs(rules.down, DEFAULT_DOWN_WINDOW_S)];
  const recent = (ms: number) => before.recommended.filter(([at]) => at > nowMs - ms).map(([, value]) => value);
  const lowest = Math.min(desired, ...recent(up));
  const highest = Math.max(desired, ...recent(down));
  let replicas = current;
  if (replicas < lowest) replicas = lowest;
  if (replicas > highest) replicas = highest;
  const stabilized = replicas === desired ? undefined : desired < replicas ? 'down' : 'up';
  let limited: Paced['limited'];
  if (replicas > current) {
    const limit = Math.max(current, limitOf(rules.up, current, before.scaled, 1, nowMs));
    if (replicas > limit) [replicas, limited] = [limit, 'up'];
  } else if (replicas < current) {
    const limit = Math.min(current, limitOf(rules.down, current, before.scaled, -1, nowMs));
    if (replicas < limit) [replicas, limited] = [limit, 'down'];
  }
  const longest = Math.max(
    0,
    ...[...(rules.up.policies ?? []), ...(rules.down.policies ?? [])].map(({ periodSeconds }) => periodSeconds * 1000),
  );
  const kept = before.recommended.filter(([at]) => at > nowMs - Math.max(up, down));
  const last = kept.at(-1);
  // a recommendation that repeats itself moves the newest entry's time only when that could matter: half a window later
  const repeats = last?.[1] === desired && nowMs - last[0] < Math.max(up, down) / 2;
  return {
    replicas,
    stabilized,
    limited,
    memory: {
      // without windows nothing that was recommended matters later, and remembering it would be a change at every look
      recommended:
        up + down === 0 ? [] : repeats ? before.recommended : [...dominated(kept, desired), [nowMs, desired] as const].slice(-MAX_ENTRIES),
      scaled:
        replicas === current
          ? before.scaled
          : [...before.scaled.filter(([at]) => at > nowMs - longest), [nowMs, replicas - current] as const],
    },
  };
};

/** Entries between an older and a newer one that can be neither lowest nor highest say nothing. */
const dominated = (entries: readonly Entry[], newest: number): readonly Entry[] =>
  entries.filter(([, value], i) => {
    const later = [...entries.slice(i + 1).map(([, other]) => other), newest];
    return !(later.some((other) => other >= value) && later.some((other) => other <= value));
  });
