import { expect, it } from 'vitest';
import type { Pod } from './pod.ts';
import { pods } from './pod.ts';
import { failoverOf, promisedCondition, replacedAfterMs } from './pod-failover.ts';

const pod = (annotations: Record<string, string>, more: object = {}): Pod =>
  ({
    metadata: { name: 'p', namespace: 'default', annotations },
    spec: { containers: [{ name: 'c', image: 'i' }], terminationGracePeriodSeconds: 10 },
    ...more,
  }) as Pod;
const made = (annotations: Record<string, string>): Pod => {
  const object = pod(annotations);
  pods.prepareCreate!(object, { now: '' } as never);
  return object;
};

it('is written into the pod when it is made, and only then', () => {
  expect(failoverOf(made({}))).toBeUndefined();
  expect(failoverOf(made({ 'kedge.dev/failover': 'false' }))).toBeUndefined();
  expect(failoverOf(pod({ 'kedge.dev/failover': 'true' }))).toBeUndefined();
  expect(failoverOf(made({ 'kedge.dev/failover': 'true' }))).toEqual({ afterMs: 60_000, graceMs: 10_000, promised: false });
  const asked = made({ 'kedge.dev/failover': 'true', 'kedge.dev/failover-after': '2m' });
  expect(failoverOf(asked)).toMatchObject({ afterMs: 120_000 });
  // what a person writes onto the pod later changes nothing: its node may not hear of it
  expect(failoverOf({ ...asked, metadata: { ...asked.metadata, annotations: { 'kedge.dev/failover-after': '10s' } } })).toMatchObject({
    afterMs: 120_000,
  });
});

it('is not lost in what a node reports of it', () => {
  const failover = failoverOf(made({ 'kedge.dev/failover': 'true', 'kedge.dev/failover-after': '90s' }))!;
  const condition = { type: 'kedge.dev/Failover', ...promisedCondition(failover) };
  expect(failoverOf(pod({}, { status: { conditions: [condition] } }))).toEqual({ ...failover, promised: true });
  expect(condition.message).toContain(`no sooner than ${Math.ceil(replacedAfterMs(failover) / 1000)}s`);
});

it.each([
  [{ 'kedge.dev/failover': 'yes' }, 'metadata.annotations[kedge.dev/failover]'],
  [{ 'kedge.dev/failover-after': 'soon' }, 'metadata.annotations[kedge.dev/failover-after]'],
  [{ 'kedge.dev/failover': 'true', 'kedge.dev/failover-after': '9s' }, 'metadata.annotations[kedge.dev/failover-after]'],
  [{ 'kedge.dev/failover': 'true', 'kedge.dev/failover-after': '2h' }, 'metadata.annotations[kedge.dev/failover-after]'],
])('%j is refused by its field', (annotations, field) => {
  const errors = pods.validate!(pod(annotations as Record<string, string>), undefined);
  expect(errors.map((error) => error.field)).toContain(field);
});
