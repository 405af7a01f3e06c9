/**
 * Quality of service class of a pod.
 * @see https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/
 */
import { toMilli } from '../quantity/quantity.ts';
import type { PodSpec } from './pod-spec.ts';

type Resources = Readonly<Record<string, string>>;
const supported = ['cpu', 'memory'];

const positive = (resources: Resources | undefined): [string, string][] =>
  Object.entries(resources ?? {}).filter(([name, quantity]) => supported.includes(name) && milli(quantity) > 0);

/** Unparsable text counts as nothing: validation reports it elsewhere. */
const milli = (quantity: string): number => {
  try {
    return toMilli(quantity);
  } catch {
    return 0;
  }
};

export const qosClassOf = (spec: PodSpec): 'Guaranteed' | 'Burstable' | 'BestEffort' => {
  const all = spec.resources
    ? [spec.resources]
    : [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map((container) => container.resources ?? {});
  if (all.every(({ requests, limits }) => positive(requests).length === 0 && positive(limits).length === 0)) return 'BestEffort';
  const guaranteed = all.every(({ requests, limits }) => {
    const limited = positive(limits);
    return (
      limited.length === supported.length &&
      limited.every(([name, quantity]) => requests?.[name] === undefined || milli(requests[name]) === milli(quantity))
    );
  });
  return guaranteed ? 'Guaranteed' : 'Burstable';
};
