import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createHookWorld } from '#tests/harness/hook-world.ts';
import { createWorld } from '../apiserver/testing.ts';
import { Turns } from './turns.ts';

const merge = { 'content-type': 'application/merge-patch+json' };
const configMaps = '/api/v1/namespaces/default/configmaps';

describe('turns', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('go to whoever has waited longest, and one object knows nothing of another', async () => {
    const turns = new Turns();
    const order: string[] = [];
    const write = async (key: string, name: string): Promise<void> => {
      const end = await turns.take(key);
      order.push(name);
      await Promise.resolve();
      end();
      end();
    };
    const end = await turns.take('a');
    const all = [write('a', 'first'), write('a', 'second'), write('a', 'third'), write('b', 'other')];
    await all[3];
    expect(order).toEqual(['other']);
    end();
    await Promise.all(all);
    expect(order).toEqual(['other', 'first', 'second', 'third']);
    expect([turns.size, vi.getTimerCount()]).toEqual([0, 0]);
  });

  test('are not waited for longer than two seconds', async () => {
    const turns = new Turns();
    const end = await turns.take('a');
    const wentOn: string[] = [];
    const waiting = (name: string): Promise<() => void> =>
      turns.take('a').then((done) => {
        wentOn.push(name);
        return done;
      });
    const tired = waiting('tired');
    await vi.advanceTimersByTimeAsync(1_000);
    const patient = waiting('patient');
    await vi.advanceTimersByTimeAsync(999);
    expect(wentOn).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    // who went without a turn has none to give away
    (await tired)();
    await vi.advanceTimersByTimeAsync(1);
    expect(wentOn).toEqual(['tired']);
    end();
    (await patient)();
    expect([turns.size, vi.getTimerCount()]).toEqual([0, 0]);
  });
});

test('fifty writers of one object write fifty times, in the order they came', async () => {
  const turns = new Turns();
  const world = await createWorld({ turns });
  try {
    await world.create(configMaps, { metadata: { name: 'busy' } });
    world.calls.length = 0;
    const answered: number[] = [];
    const patch = async (i: number): Promise<void> => {
      const { status } = await world.call('PATCH', `${configMaps}/busy`, { data: { [`k${i}`]: 'v' } }, merge);
      expect(status).toBe(200);
      answered.push(i);
    };
    await Promise.all(Array.from({ length: 50 }, (_, i) => patch(i)));
    expect(world.calls.filter((call) => call === 'write')).toHaveLength(50);
    expect(answered).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(Object.keys((await world.call('GET', `${configMaps}/busy`)).body.data)).toHaveLength(50);
    expect(turns.size).toBe(0);
  } finally {
    await world.close();
  }
});

test('a write that a webhook is asked about holds up no other one of its object', async () => {
  const turns = new Turns();
  const hooks = await createHookWorld({ turns });
  const { world, hook, configure, sent } = hooks;
  try {
    await world.create(configMaps, { metadata: { name: 'asked' } });
    // nobody answers it
    const objectSelector = { matchLabels: { slow: 'yes' } };
    const options = { operations: ['UPDATE'], resources: ['configmaps'], objectSelector, timeoutSeconds: 1, failurePolicy: 'Ignore' };
    await configure('validating', 'silent', hook('/silent', options));
    const slow = world.call('PATCH', `${configMaps}/asked`, { metadata: { labels: { slow: 'yes' } } }, merge);
    await vi.waitFor(() => expect(sent('/silent')).toHaveLength(1));
    const quick = await world.call('PATCH', `${configMaps}/asked`, { data: { a: 'b' } }, merge);
    expect([quick.status, quick.body.metadata.labels]).toEqual([200, undefined]);
    const { status, body } = await slow;
    expect([status, body.data, body.metadata.labels]).toEqual([200, { a: 'b' }, { slow: 'yes' }]);
    expect(turns.size).toBe(0);
  } finally {
    await hooks.close();
  }
});
