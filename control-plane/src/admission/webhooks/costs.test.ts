/** What webhooks cost those who have none, and what slow and broken ones cost the control plane itself. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { configMaps } from '#schema/core/config-map.ts';
import { pods } from '#schema/core/pod.ts';
import { createHookWorld, type HookWorld } from '#tests/harness/hook-world.ts';
import { patchOf, type WebhookServer } from '#tests/harness/webhook-server.ts';
import { podNamed, type World } from '../../apiserver/testing.ts';
import type { OperationResult } from '../../registry/registry.ts';

let hooks: HookWorld;
let world: World;
let server: WebhookServer;
beforeAll(async () => {
  hooks = await createHookWorld();
  ({ world, server } = hooks);
});
afterAll(() => hooks.close());
beforeEach(() => hooks.reset());

const hook: HookWorld['hook'] = (...args) => hooks.hook(...args);
const configure: HookWorld['configure'] = (...args) => hooks.configure(...args);
const answers: HookWorld['answers'] = (...args) => hooks.answers(...args);
const sent: HookWorld['sent'] = (path) => hooks.sent(path);
let count = 0;

describe('costs', () => {
  test('without webhooks a write asks the store for nothing more; with one that does not match, neither', async () => {
    const calls = async (): Promise<string[]> => {
      world.calls.length = 0;
      await world.create('/apis/node.k8s.io/v1/runtimeclasses', { metadata: { name: `c${count++}` }, handler: 'h' });
      return [...world.calls];
    };
    await calls();
    expect(await calls()).toEqual(['write']);
    await configure('validating', 'other', hook('/other'));
    await calls();
    expect(await calls()).toEqual(['write']);
    world.nowMs += 5_000;
    expect(await calls()).toEqual(['gather', 'write']);
  });

  test('a lost race asks again only about another object', async () => {
    answers('/race', () => ({}));
    await configure('mutating', 'race', hook('/race', { operations: ['UPDATE'], resources: ['configmaps'] }));
    const at = '/api/v1/namespaces/default/configmaps/race';
    await world.create('/api/v1/namespaces/default/configmaps', { metadata: { name: 'race' } });
    const merge = { 'content-type': 'application/merge-patch+json' };
    const writers = await Promise.all(Array.from({ length: 5 }, (_, i) => world.call('PATCH', at, { data: { [`k${i}`]: 'v' } }, merge)));
    expect(writers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(Object.keys((await world.call('GET', at)).body.data)).toHaveLength(5);
    const questions = sent('/race').map(({ object, oldObject }) =>
      JSON.stringify([object, oldObject], (key, value) => (key === 'managedFields' ? undefined : value)),
    );
    expect(new Set(questions).size).toBe(questions.length);
  });
});

describe("the control plane's own writes", () => {
  const actor = { user: { name: 'system:kube-controller-manager', groups: ['system:masters'] }, fieldManager: 'kcm' };
  const create = (name: string) => ({
    op: 'create' as const,
    definition: pods,
    object: { apiVersion: 'v1', kind: 'Pod', ...podNamed(name), metadata: { name, namespace: 'default' } } as any,
  });

  /** As the loop does: what was not answered in time comes again. */
  const written = async (name: string): Promise<OperationResult> => {
    for (let tries = 1; ; tries++) {
      const [result] = await world.registry.applyAll([create(name)], actor);
      if (result!.status !== 'conflict' || tries === 10) return result!;
    }
  };

  test('pass webhooks too, refused as a client would be', async () => {
    answers('/own', ({ request }) => ({ allowed: request.object.metadata.name !== 'own-bad', status: { message: 'bad name' } }));
    await configure('validating', 'own', hook('/own'));
    const [good, bad] = await Promise.all([written('own-good'), written('own-bad')]);
    expect(good?.status).toBe('ok');
    expect(bad).toMatchObject({ status: 'invalid', message: 'admission webhook "own.example.com" denied the request: bad name' });
    expect(sent('/own')[0].userInfo.username).toBe('system:kube-controller-manager');
  });

  test('a webhook that is slow holds up nothing else, and its answer is there when the write comes again', async () => {
    let answer: (() => void) | undefined;
    server.answers['/slow'] = () => undefined;
    const outbound = world.platform.outbound!;
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    answers('/slow', () => patchOf({ op: 'add', path: '/metadata/labels', value: { slow: 'yes' } }));
    await configure('mutating', 'slow', hook('/slow'));
    const slowWorld = world.platform as { outbound?: typeof outbound };
    slowWorld.outbound = async (...args) => {
      await held;
      return outbound(...args);
    };
    try {
      const map = {
        op: 'create' as const,
        definition: configMaps,
        object: { metadata: { name: 'quick', namespace: 'default' } } as any,
      };
      const [pod, quick] = await world.registry.applyAll([create('slow-one'), map], actor);
      expect([pod?.status, quick?.status]).toEqual(['conflict', 'ok']);
      answer!();
      expect(await written('slow-one')).toMatchObject({ status: 'ok', object: { metadata: { labels: { slow: 'yes' } } } });
      expect(sent('/slow')).toHaveLength(1);
    } finally {
      slowWorld.outbound = outbound;
    }
  });

  test('one that is down is asked again later only', async () => {
    let calls = 0;
    const down = world.platform as { outbound?: unknown };
    const outbound = down.outbound;
    await configure('validating', 'down', hook('/down'));
    down.outbound = async () => {
      calls++;
      throw new Error('connection refused');
    };
    try {
      const results = await world.registry.applyAll(
        Array.from({ length: 20 }, (_, i) => create(`down-${i}`)),
        actor,
      );
      expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['invalid']));
      expect(results[0]).toMatchObject({ message: expect.stringContaining('failed calling webhook "down.example.com"') });
      const first = calls;
      expect(first).toBeLessThanOrEqual(8);
      await world.registry.applyAll([create('down-more')], actor);
      expect(calls).toBe(first);
      world.nowMs += 31_000;
      await world.registry.applyAll([create('down-later')], actor);
      expect(calls).toBe(first + 1);
    } finally {
      down.outbound = outbound;
    }
  });
});
