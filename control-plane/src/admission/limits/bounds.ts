/** The bounds of one item of a LimitRange, checked in Kubernetes' words. */
import { getOwn, setOwn } from '#schema/dsl/own.ts';
import { add, compare, toMilli } from '#schema/quantity/quantity.ts';

export type Usage = Readonly<Record<string, string>>;

export interface LimitItem {
  readonly type: string;
  readonly max?: Usage;
  readonly min?: Usage;
  readonly default?: Usage;
  readonly defaultRequest?: Usage;
  readonly maxLimitRequestRatio?: Usage;
}

/** `limits` undefined: only requests exist (claims). */
export const boundErrors = (item: LimitItem, requests: Usage, limits: Usage | undefined): string[] => {
  const errors: string[] = [];
  const { type } = item;
  for (const [name, min] of Object.entries(item.min ?? {})) {
    const [request, limit] = [getOwn(requests, name), getOwn(limits, name)];
    if (request === undefined) errors.push(`minimum ${name} usage per ${type} is ${min}.  No request is specified`);
    else if (compare(request, min) < 0) errors.push(`minimum ${name} usage per ${type} is ${min}, but request is ${request}`);
    else if (limit !== undefined && compare(limit, min) < 0)
      errors.push(`minimum ${name} usage per ${type} is ${min}, but limit is ${limit}`);
  }
  for (const [name, max] of Object.entries(item.max ?? {})) {
    const [request, limit] = [getOwn(requests, name), getOwn(limits, name)];
    if (limits && limit === undefined) errors.push(`maximum ${name} usage per ${type} is ${max}.  No limit is specified`);
    else if (limit !== undefined && compare(limit, max) > 0)
      errors.push(`maximum ${name} usage per ${type} is ${max}, but limit is ${limit}`);
    else if (request !== undefined && compare(request, max) > 0)
      errors.push(`maximum ${name} usage per ${type} is ${max}, but request is ${request}`);
  }
  for (const [name, ratio] of Object.entries(item.maxLimitRequestRatio ?? {})) {
    const [request, limit] = [getOwn(requests, name), getOwn(limits, name)];
    if (request === undefined || limit === undefined || toMilli(request) === 0 || toMilli(limit) === 0) {
      const what = request === undefined ? 'request' : 'limit';
      errors.push(`${name} max limit to request ratio per ${type} is ${ratio}, but no ${what} is specified or ${what} is 0`);
      continue;
    }
    const actual = toMilli(limit) / toMilli(request);
    if (actual > toMilli(ratio) / 1000) {
      errors.push(`${name} max limit to request ratio per ${type} is ${ratio}, but provided ratio is ${actual.toFixed(6)}`);
    }
  }
  return errors;
};

const sum = (into: Record<string, string>, more: Usage | undefined): void => {
  for (const [name, quantity] of Object.entries(more ?? {})) {
    const known = getOwn(into, name);
    setOwn(into, name, known === undefined ? quantity : add(known, quantity));
  }
};

const atLeast = (into: Record<string, string>, more: Usage | undefined): void => {
  for (const [name, quantity] of Object.entries(more ?? {})) {
    const known = getOwn(into, name);
    if (known === undefined || compare(known, quantity) < 0) setOwn(into, name, quantity);
  }
};

/** What a pod needs in sum: its containers together, or its largest init container. */
export const podTotals = (spec: any): { readonly requests: Usage; readonly limits: Usage } => {
  const [requests, limits]: Record<string, string>[] = [{}, {}];
  for (const { resources } of spec.containers ?? []) {
    sum(requests!, resources?.requests);
    sum(limits!, resources?.limits);
  }
  for (const { resources, restartPolicy } of spec.initContainers ?? []) {
    const merge = restartPolicy === 'Always' ? sum : atLeast;
    merge(requests!, resources?.requests);
    merge(limits!, resources?.limits);
  }
  sum(requests!, spec.overhead);
  return { requests: requests!, limits: limits! };
};
