/** The rules of deletion, as a table. */
import { describe, expect, test } from 'vitest';
import { configMaps } from '#schema/core/config-map.ts';
import { namespaces } from '#schema/core/namespace.ts';
import { pods } from '#schema/core/pod.ts';
import type { KubeObject } from '#schema/resource.ts';
import { planDeletion, removesOnUpdate } from './deletion.ts';

const now = Date.parse('2026-01-01T00:00:00Z');
const at = (seconds: number) => new Date(now + seconds * 1000).toISOString().replace('.000Z', 'Z');
const pod = (metadata: object, more: object = {}): KubeObject => ({
  metadata: { name: 'p', uid: 'u', generation: 1, ...metadata },
  spec: { nodeName: 'n1', terminationGracePeriodSeconds: 30 },
  status: { phase: 'Running' },
  ...more,
});
const marked = (grace: number, more: object = {}) => pod({ deletionTimestamp: at(grace), deletionGracePeriodSeconds: grace, ...more });

describe('pods', () => {
  test.each([
    ['the first delete takes the pod’s own grace', pod({}), {}, 'mark', 30],
    ['or the stated one', pod({}), { gracePeriodSeconds: 5 }, 'mark', 5],
    ['a negative one counts as a second', pod({}), { gracePeriodSeconds: -1 }, 'mark', 1],
    ['grace 0 removes', pod({}), { gracePeriodSeconds: 0 }, 'remove', undefined],
    ['an unscheduled pod goes at once', pod({}, { spec: {} }), { gracePeriodSeconds: 60 }, 'remove', undefined],
    ['a finished pod goes at once', pod({}, { status: { phase: 'Succeeded' } }), {}, 'remove', undefined],
    ['a finalizer keeps it', pod({ finalizers: ['a/b'] }), { gracePeriodSeconds: 0 }, 'mark', 0],
    ['a second delete changes nothing', marked(30), {}, 'pending', 30],
    ['and may not lengthen', marked(30), { gracePeriodSeconds: 60 }, 'pending', 30],
    ['but shorten', marked(30), { gracePeriodSeconds: 10 }, 'mark', 10],
    ['down to removal', marked(30), { gracePeriodSeconds: 0 }, 'remove', 0],
    ['which a finalizer still holds up', marked(30, { finalizers: ['a/b'] }), { gracePeriodSeconds: 0 }, 'mark', 0],
  ] as const)('%s', (_what, current, request, action, grace) => {
    const plan = planDeletion(pods, current as KubeObject, request, now);
    expect(plan.action).toBe(action);
    expect(plan.object.metadata.deletionGracePeriodSeconds).toBe(grace);
  });

  test('shortening counts from when the deletion began', () => {
    const plan = planDeletion(pods, marked(30), { gracePeriodSeconds: 10 }, now + 5000);
    expect(plan.object.metadata.deletionTimestamp).toBe(at(10));
  });

  test('the mark raises the generation and leaves the given object alone', () => {
    const current = pod({});
    expect(planDeletion(pods, current, {}, now).object.metadata.generation).toBe(2);
    expect(current).toEqual(pod({}));
  });
});

describe('propagation', () => {
  const map = (finalizers: string[] = []): KubeObject => ({
    metadata: { name: 'c', uid: 'u', ...(finalizers.length ? { finalizers } : {}) },
  });
  test.each([
    ['Foreground', [], ['foregroundDeletion']],
    ['Orphan', ['a/b', 'foregroundDeletion'], ['a/b', 'orphan']],
    ['Background', ['a/b', 'orphan'], ['a/b']],
    [undefined, ['orphan'], ['orphan']],
  ] as const)('%s', (propagation, before, after) => {
    const plan = planDeletion(configMaps, map([...before]), propagation ? { propagation } : {}, now);
    expect(plan).toMatchObject({ action: 'mark', object: { metadata: { finalizers: after } } });
  });
  test('Background without finalizers removes', () => {
    expect(planDeletion(configMaps, map(), { propagation: 'Background' }, now).action).toBe('remove');
  });
});

test('a namespace terminates until its own finalizers are gone', () => {
  const namespace: KubeObject = { metadata: { name: 'n', uid: 'u' }, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } };
  const plan = planDeletion(namespaces, namespace, {}, now);
  expect(plan).toMatchObject({ action: 'mark', object: { status: { phase: 'Terminating' } } });
  expect(removesOnUpdate(namespaces, plan.object)).toBe(false);
  expect(removesOnUpdate(namespaces, { ...plan.object, spec: {} })).toBe(true);
});

test('preconditions of uid and resourceVersion', () => {
  const current: KubeObject = { metadata: { name: 'c', uid: 'u', resourceVersion: '5' } };
  expect(() => planDeletion(configMaps, current, { preconditions: { uid: 'x' } }, now)).toThrow(
    /^Operation cannot be fulfilled on ConfigMap "c": the UID in the precondition \(x\) does not match the UID in record \(u\)\. The object might have been deleted and then recreated$/,
  );
  expect(() => planDeletion(configMaps, current, { preconditions: { resourceVersion: '4' } }, now)).toThrow(
    /the ResourceVersion in the precondition \(4\) does not match the ResourceVersion in record \(5\)\. The object might have been modified$/,
  );
  expect(planDeletion(configMaps, current, { preconditions: { uid: 'u', resourceVersion: '5' } }, now).action).toBe('remove');
});
