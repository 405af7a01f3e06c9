/** A node that joins, as people read of it. */
import { expect, it } from 'vitest';
import { daemonSets } from '#schema/apps/daemon-set.ts';
import { events } from '#schema/core/event.ts';
import { pods } from '#schema/core/pod.ts';
import { createTestWorld } from '../../controller-runtime/testing.ts';

it('is told of by the node controller, and its daemons are placed at once', async () => {
  const world = createTestWorld();
  await world.settle();
  await world.create(daemonSets, {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'd', namespace: 'default' },
    spec: {
      selector: { matchLabels: { app: 'd' } },
      template: { metadata: { labels: { app: 'd' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    },
  });
  await world.settle();
  for (const name of ['n1', 'n2']) {
    await world.addNode(name);
    await world.settle();
  }
  expect((await world.list(pods)).map(({ spec }) => spec.nodeName).sort()).toEqual(['n1', 'n2']);
  const told = await world.list(events);
  expect(told.filter(({ reason }) => reason === 'FailedScheduling')).toEqual([]);
  expect(told.filter(({ reason }) => reason === 'RegisteredNode')).toMatchObject([
    {
      source: { component: 'node-controller' },
      message: 'Node n1 event: Registered Node n1 in Controller',
      involvedObject: { name: 'n1' },
    },
    {
      source: { component: 'node-controller' },
      message: 'Node n2 event: Registered Node n2 in Controller',
      involvedObject: { name: 'n2' },
    },
  ]);
});
