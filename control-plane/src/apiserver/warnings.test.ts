/** Warnings of what is deprecated or does nothing, told to those who write it over the API. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createWorld, type World } from './testing.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

test('come with a create, with a change of what is wanted, and with no other update', async () => {
  const path = '/apis/apps/v1/namespaces/default/deployments';
  const env = [
    { name: 'A', value: '1' },
    { name: 'A', value: '2' },
  ];
  const spec = {
    selector: { matchLabels: { a: 'b' } },
    template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i', env }] } },
  };
  const hides =
    '299 - "spec.template.spec.containers[0].env[1]: hides previous definition of \\"A\\", which may be dropped when using apply"';
  const made = await world.call('POST', path, { metadata: { name: 'web' }, spec });
  expect([made.status, made.headers.get('warning')]).toEqual([201, hides]);
  const merge = { 'content-type': 'application/merge-patch+json' };
  const scaled = await world.call('PATCH', `${path}/web`, { spec: { replicas: 3 } }, merge);
  expect([scaled.status, scaled.headers.get('warning')]).toEqual([200, hides]);
  const labelled = await world.call('PATCH', `${path}/web`, { metadata: { labels: { x: 'y' } } }, merge);
  expect([labelled.status, labelled.headers.get('warning')]).toEqual([200, null]);
});

test('are told of an Ingress that names its class the old way', async () => {
  const made = await world.call('POST', '/apis/networking.k8s.io/v1/namespaces/default/ingresses?dryRun=All', {
    metadata: { name: 'site', annotations: { 'kubernetes.io/ingress.class': 'x' } },
    spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } },
  });
  expect(made.headers.get('warning')).toContain(
    `annotation \\"kubernetes.io/ingress.class\\" is deprecated, please use 'spec.ingressClassName' instead`,
  );
});
