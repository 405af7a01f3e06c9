/** Bound volumes with zone or region labels are reached only from nodes with those labels; nodes that say nothing of their place pass. */
import { FINAL, type Plugin } from '../plugin.ts';
import { podVolumesOf } from './pod-volumes.ts';

const KEYS = [
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
] as const;

export const volumeZone: Plugin = {
  name: 'VolumeZone',
  cluster: {
    filter: (pod, state) => {
      if (pod.claims.length === 0) return undefined;
      const wanted = podVolumesOf(pod, state).bound.flatMap(({ volume }) =>
        KEYS.flatMap((key) => {
          const value = volume?.metadata.labels?.[key];
          return value === undefined ? [] : [{ key, values: value.split('__') }];
        }),
      );
      if (wanted.length === 0) return undefined;
      const key = `zone${JSON.stringify(wanted)}`;
      const check = state.checks.get(
        key,
        ({ labels }) =>
          !KEYS.some((k) => Object.hasOwn(labels, k)) || wanted.every(({ key: k, values }) => values.includes(labels[k] ?? '')),
      );
      return {
        at: (slot) => (check.passes[slot] === 1 ? 0 : 1 | FINAL),
        reasons: () => ['node(s) had no available volume zone'],
      };
    },
  },
  wakes: (pod, event) => pod.claims.length > 0 && (event.kind === 'node' || event.kind === 'storage'),
};
