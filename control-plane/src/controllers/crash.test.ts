/** The loop dies at any write of a rollout, before or after the commit; another one takes over from the store alone. */

import { describe, expect, it } from 'vitest';
import fc from '#fast-check';
import { deployments } from '#schema/apps/deployment.ts';
import { replicaSets } from '#schema/apps/replica-set.ts';
import { pods } from '#schema/core/pod.ts';
import { createTestWorld, mortalStore, rest } from '../controller-runtime/testing.ts';

const REPLICAS = 7;
const web = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas: REPLICAS,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx:1' }] } },
  },
};

describe('a loop that dies', () => {
  it('at any write leaves a store from which the next one finishes, with no pod too many', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 25 }), fc.boolean(), fc.integer({ min: 2, max: 1e6 }), async (at, committed, seed) => {
        let most = 0;
        const store = mortalStore(at, committed);
        const first = createTestWorld({ wrap: store.wrap });
        await first.settle();
        await first.addNode('n1');
        await first.addNode('n2');
        await first.create(deployments, web);
        await rest(first);
        store.arm();
        await first.update(deployments, 'default', 'web', (object) => {
          object.spec.template.spec.containers[0].image = 'nginx:2';
        });
        await rest(first).catch(() => undefined);

        const second = createTestWorld({ seed, wrap: store.shared });
        second.nowMs = first.nowMs + 1000;
        second.liveness = first.liveness.map((entry) => ({ ...entry, lastHeardMs: second.nowMs }));
        do {
          await second.settle();
          const active = (await second.list(pods)).filter((pod) => !pod.metadata.deletionTimestamp);
          most = Math.max(most, active.length);
        } while ((await second.runPods()) > 0);
        // 25 % surge of seven is two
        expect(most).toBeLessThanOrEqual(REPLICAS + 2);
        const left = await second.list(pods);
        expect(left.map((pod) => pod.spec.containers[0].image)).toEqual(Array(REPLICAS).fill('nginx:2'));
        expect((await second.list(replicaSets)).map((set) => set.spec.replicas).sort()).toEqual([0, REPLICAS]);
        expect((await second.get(deployments, 'default', 'web')).status).toMatchObject({
          availableReplicas: REPLICAS,
          updatedReplicas: REPLICAS,
        });
      }),
      { numRuns: 40 },
    );
  });
});
