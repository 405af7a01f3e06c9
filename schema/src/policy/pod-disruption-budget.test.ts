import { describe, expect, it } from 'vitest';
import { accept, row } from '../conformance/accept.ts';
import { decodeProto } from '../dsl/proto.ts';
import { type PodDisruptionBudget, PodDisruptionBudgetStatus, podDisruptionBudgets } from './pod-disruption-budget.ts';

const selector = { matchLabels: { app: 'web' } };
const budget = (spec: object) =>
  accept<PodDisruptionBudget>(podDisruptionBudgets, { metadata: { name: 'web', namespace: 'default' }, spec: { selector, ...spec } });

describe('pod disruption budgets', () => {
  it('begin with nothing allowed', () => {
    const { object, errors } = budget({ minAvailable: '50%' });
    expect(errors).toEqual([]);
    expect(object.status).toEqual({ disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 });
  });

  it.each<[string, object, string[]]>([
    [
      'both limits',
      { minAvailable: 1, maxUnavailable: 1 },
      [
        'spec: Invalid value: {"selector":{"matchLabels":{"app":"web"}},"minAvailable":1,"maxUnavailable":1}: minAvailable and maxUnavailable cannot be both set',
      ],
    ],
    ['less than none', { minAvailable: -1 }, ['spec.minAvailable: Invalid value: -1: must be greater than or equal to 0']],
    ['more than all', { maxUnavailable: '101%' }, ['spec.maxUnavailable: Invalid value: "101%": must not be greater than 100%']],
    [
      'another policy',
      { unhealthyPodEvictionPolicy: 'Never' },
      ['spec.unhealthyPodEvictionPolicy: Unsupported value: "Never": supported values: "AlwaysAllow", "IfHealthyBudget"'],
    ],
  ])('refuse %s', (_, spec, expected) => {
    expect(budget(spec).errors).toEqual(expected);
  });

  it('are shown as kubectl does', () => {
    const { object } = budget({ maxUnavailable: '25%' });
    object.status!.disruptionsAllowed = 2;
    expect(row(podDisruptionBudgets, object, 0)).toMatchObject({
      'Min Available': 'N/A',
      'Max Unavailable': '25%',
      'Allowed Disruptions': 2,
    });
  });

  it('leave out a pod whose time is not known', () => {
    // disruptedPods = 2, an entry with key "a" and an empty time
    expect(decodeProto(PodDisruptionBudgetStatus, Uint8Array.of(0x12, 0x05, 0x0a, 0x01, 0x61, 0x12, 0x00))).toEqual({});
  });
});
