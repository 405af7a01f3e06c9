import { expect, it } from 'vitest';
import { accept, row } from '../conformance/accept.ts';
import { flowSchemas } from './flow-schema.ts';
import { priorityLevelConfigurations } from './priority-level-configuration.ts';

const metadata = { name: 'x' };
const rules = [{ subjects: [{ kind: 'User', user: { name: '*' } }], nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }] }];

it.each([
  [{}, []],
  [{ priorityLevelConfiguration: {} }, ['spec.priorityLevelConfiguration.name: Required value: must reference a priority level']],
  [{ matchingPrecedence: 10_001 }, ['spec.matchingPrecedence: Invalid value: 10001: must be between 1 and 10000, inclusive']],
  [
    { rules: [{ ...rules[0], subjects: [{ kind: 'Group', user: { name: 'a' } }] }] },
    [
      "spec.rules[0].subjects[0].user: Forbidden: user is forbidden when subject kind is not 'User'",
      "spec.rules[0].subjects[0].group: Required value: group is required when subject kind is 'Group'",
    ],
  ],
  [
    { rules: [{ subjects: rules[0]!.subjects }] },
    ['spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty'],
  ],
])('a flow schema with %j', (more, errors) => {
  const spec = { priorityLevelConfiguration: { name: 'p' }, rules, ...more };
  expect(accept(flowSchemas, { metadata, spec }).errors).toEqual(errors);
});

it('a priority level gets its defaults, and limits only where it has any', () => {
  const made = (spec: object) => accept<any>(priorityLevelConfigurations, { metadata, spec });
  const { object, errors } = made({ type: 'Limited', limited: { limitResponse: { type: 'Queue', queuing: {} } } });
  expect(errors).toEqual([]);
  expect(row(priorityLevelConfigurations, object, 0)).toMatchObject({
    ...{ Type: 'Limited', NominalConcurrencyShares: '30', Queues: '64', HandSize: '8', QueueLengthLimit: '50' },
  });
  expect(made({ type: 'Exempt', limited: {} }).errors).toEqual(['spec.limited: Forbidden: must be nil if the type is not Limited']);
  expect(made({ type: 'Limited' }).errors).toEqual(['spec.limited: Required value: must not be empty when type is Limited']);
});
