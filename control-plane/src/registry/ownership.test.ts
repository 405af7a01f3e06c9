/** Members that a write left alone are not compared: who owns what comes out as if they were. */
import { expect, test } from 'vitest';
import fc from '#fast-check';
import { trackUpdate } from '#schema/apply/track.ts';
import { pods } from '#schema/core/pod.ts';
import type { KubeObject } from '#schema/resource.ts';
import { recordOwnership } from './ownership.ts';
import { versionViews } from './version-views.ts';

const owner = (manager: string) => ({ manager, apiVersion: 'v1' });
const now = '2026-01-01T00:00:00Z';
const keys = fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('1', '2'));
const container = fc.record(
  { name: fc.constantFrom('c', 'd'), image: fc.constantFrom('x', 'y'), args: fc.constantFrom(['1'], []) },
  { requiredKeys: ['name'] },
);
const spec = fc.record(
  { nodeSelector: keys, containers: fc.uniqueArray(container, { selector: ({ name }) => name }), nodeName: fc.constantFrom('n', 'm') },
  { requiredKeys: [] },
);
const pod = fc.record(
  { metadata: fc.record({ labels: keys, annotations: keys, finalizers: fc.constantFrom(['f'], []) }, { requiredKeys: [] }), spec },
  { requiredKeys: ['metadata'] },
);
const named = ({ metadata, ...rest }: any, managedFields?: unknown): KubeObject =>
  structuredClone({ ...rest, metadata: { name: 'p', ...metadata, ...(managedFields ? { managedFields } : {}) } });

test('an update', () => {
  fc.assert(
    fc.property(pod, pod, fc.constantFrom('first', 'second'), (one, other, manager) => {
      const versionOf = versionViews(pods);
      const first = trackUpdate({ before: {}, after: named(one) as any, entries: [], owner: owner('first'), now, versionOf });
      const current = named(one, first);
      const next = named(other);
      const whole = trackUpdate({
        before: named(one) as any,
        after: named(other) as any,
        entries: first,
        owner: owner(manager),
        now,
        versionOf,
      });
      const actor = { user: { name: 'u', groups: [] }, fieldManager: manager };
      const key = { resource: 'core/pods', namespace: '', name: 'p' };
      const intent = { op: 'update', definition: pods, actor, key, subresource: '', change: () => undefined } as const;
      recordOwnership(intent, { next, current, sent: undefined, nowMs: Date.parse(now) });
      expect(next.metadata.managedFields ?? []).toEqual(whole);
    }),
    { numRuns: 300 },
  );
});
