/** ResourceQuotas as limits on counters: which of them concern an object, and the words of a refusal. */
import { getOwn } from '#schema/dsl/own.ts';
import { formatQuantity, parseQuantity } from '#schema/quantity/quantity.ts';
import type { KubeObject } from '#schema/resource.ts';
import { usedOf } from '../../store/quota-usage.ts';
import type { QuotaLimit } from '../../store/store.ts';
import { amount, type QuotaUsage, scopeName } from './usage.ts';

/** The name of a quota's scopes, '' of none; undefined for a selector that no counter expresses. */
export const scopeOf = ({ spec }: KubeObject): string | undefined => {
  const scopes: string[] = [...(spec?.scopes ?? [])];
  for (const { scopeName: name, operator, values = [] } of spec?.scopeSelector?.matchExpressions ?? []) {
    if (name !== 'PriorityClass') scopes.push(name);
    else if (operator === 'Exists') scopes.push('PriorityClass');
    else if (operator === 'In' && values.length === 1) scopes.push(`PriorityClass=${values[0]}`);
    else return undefined;
  }
  return scopeName(scopes);
};

/** hard's names with their counters. */
export const countersOf = (quota: KubeObject): ReadonlyMap<string, string> => {
  const scope = scopeOf(quota);
  if (scope === undefined) return new Map();
  return new Map(Object.keys(quota.spec?.hard ?? {}).map((name) => [name, scope ? `${scope}/${name}` : name]));
};

/** The limits a write with these counters must keep. */
export const limitsFor = (quotas: readonly KubeObject[], usage: QuotaUsage): QuotaLimit[] =>
  quotas.flatMap((quota) =>
    [...countersOf(quota)].flatMap(([name, counter]) => {
      if (usedOf(usage, counter) === undefined) return [];
      return [{ counter, hard: amount(counter, String(quota.spec.hard[name])) }];
    }),
  );

/** An integer of a counter as a quantity, in the format of `like`. */
export const quantityOf = (counter: string, count: number, like: string): string => {
  const isCpu = /(^|\.)cpu$/.test(counter.slice(counter.lastIndexOf('/') + 1));
  const nano = BigInt(count) * (isCpu ? 1_000_000n : 1_000_000_000n);
  return formatQuantity({ nano, format: parseQuantity(like).format });
};

export interface Exceeded {
  readonly counter: string;
  readonly used: number;
  readonly growth: number;
  readonly hard: number;
}

/** `exceeded quota: q, requested: pods=1, used: pods=10, limited: pods=10` for the first quota that is passed. */
export const exceededMessage = (quotas: readonly KubeObject[], exceeded: readonly Exceeded[]): string => {
  const byCounter = new Map(exceeded.map((entry) => [entry.counter, entry]));
  for (const quota of quotas) {
    const passed = [...countersOf(quota)].flatMap(([name, counter]) => {
      const entry = byCounter.get(counter);
      // Another quota of the namespace may count the same, with a limit that is further away.
      const isPassed = entry && entry.used + entry.growth > amount(counter, String(quota.spec.hard[name]));
      return isPassed ? [{ name, entry, like: String(quota.spec.hard[name]) }] : [];
    });
    if (passed.length === 0) continue;
    passed.sort((a, b) => (a.name < b.name ? -1 : 1));
    const print = (of: (entry: Exceeded) => number): string =>
      passed.map(({ name, entry, like }) => `${name}=${quantityOf(name, of(entry), like)}`).join(',');
    const limited = passed.map(({ name, like }) => `${name}=${like}`).join(',');
    return `exceeded quota: ${quota.metadata.name}, requested: ${print((e) => e.growth)}, used: ${print((e) => e.used)}, limited: ${limited}`;
  }
  return 'exceeded quota';
};

const computeResources = /^(requests\.|limits\.)?(cpu|memory)$/;

/** What a pod must state because a quota counts it: `must specify limits.cpu for: a,b; requests.cpu for: a`. */
export const unstated = (quota: KubeObject, pod: KubeObject, { scopes }: QuotaUsage): string | undefined => {
  const counters = countersOf(quota);
  const scope = scopeOf(quota);
  if (scope && !scopes.includes(scope)) return undefined;
  const parts: string[] = [];
  for (const name of [...counters.keys()].filter((counter) => computeResources.test(counter)).sort()) {
    const [kind, resource] = name.startsWith('limits.') ? ['limits', name.slice(7)] : ['requests', name.replace('requests.', '')];
    const without = (pod.spec?.containers ?? []).filter(({ resources }: any) => getOwn(resources?.[kind!], resource!) === undefined);
    if (without.length > 0)
      parts.push(
        `${name} for: ${without
          .map((container: any) => container.name)
          .sort()
          .join(',')}`,
      );
  }
  return parts.length > 0 ? `failed quota: ${quota.metadata.name}: must specify ${parts.join('; ')}` : undefined;
};
