import { afterAll, beforeAll, expect, it } from 'vitest';
import { createWorld, type World } from '../apiserver/testing.ts';
import { seeds } from '../apiserver/testing-seeds.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const requests = '/apis/certificates.k8s.io/v1/certificatesigningrequests';

it('stamps a decision with the time, and refuses one that does not say what it is', async () => {
  const { status: _, ...asked } = seeds.CertificateSigningRequest as any;
  const made = await world.create(requests, { metadata: { name: 'asked' }, ...asked });
  const decide = (...conditions: readonly object[]) => world.call('PUT', `${requests}/asked/approval`, { ...made, status: { conditions } });

  const refused = await decide({ reason: 'no type, no status' });
  expect(refused.status).toBe(422);
  expect(refused.body.message).toContain('status.conditions[0].type: Required value');

  const { body } = await decide({ type: 'Approved', status: 'True' });
  const now = '2026-01-01T00:00:00Z';
  expect(body.status.conditions).toEqual([{ type: 'Approved', status: 'True', lastUpdateTime: now, lastTransitionTime: now }]);
});
