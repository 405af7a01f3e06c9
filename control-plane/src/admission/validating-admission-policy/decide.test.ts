/** What a policy says of a request: refusals in their order, notes, and what its failurePolicy makes of errors. */
import { expect, it } from 'vitest';
import type { ValidatingAdmissionPolicy } from '#schema/admissionregistration/validating-admission-policy.ts';
import { nobodyAsks } from './access.ts';
import { decide } from './decide.ts';

const verdict = (spec: object, object: object = { metadata: { name: 'a' }, data: { n: '5' } }) =>
  decide({ metadata: { name: 'p' }, spec } as ValidatingAdmissionPolicy, {
    request: { operation: 'CREATE', object, oldObject: null },
    authorize: nobodyAsks,
  });

it('refuses by each validation that is false', () => {
  const validations = [
    { expression: ' false ', reason: 'Forbidden' },
    { expression: 'true' },
    { expression: 'oldObject != null', message: ' m ' },
  ];
  expect(verdict({ validations }).refusals).toEqual([
    { message: 'failed expression: false', reason: 'Forbidden', index: 0 },
    { message: 'm', reason: '', index: 2 },
  ]);
});

it('notes what is a text, and nothing for null or an error', () => {
  const auditAnnotations = [
    { key: 'n', valueExpression: '"n is " + object.data.n' },
    { key: 'none', valueExpression: 'null' },
    { key: 'maybe', valueExpression: 'has(object.data.x) ? object.data.x : dyn(null)' },
    { key: 'failed', valueExpression: 'string(object.nothing)' },
  ];
  expect(verdict({ auditAnnotations })).toEqual({ refusals: [], notes: { n: 'n is 5' } });
});

it('evaluates a variable when it is read, and once', () => {
  const variables = [
    { name: 'bad', expression: 'object.nothing' },
    { name: 'n', expression: 'int(object.data.n)' },
    { name: 'twice', expression: 'variables.n * 2' },
  ];
  expect(
    verdict({ variables, validations: [{ expression: 'variables.twice == 10 && variables.twice + variables.n == 15' }] }).refusals,
  ).toEqual([]);
  expect(verdict({ variables, validations: [{ expression: 'variables.bad == 1' }] }).refusals).toEqual([
    {
      message: `expression 'variables.bad == 1' resulted in error: composited variable "bad" fails to evaluate: no such key: nothing`,
      reason: '',
      index: 0,
    },
  ]);
});

it('refuses nothing for an error that is ignored', () => {
  const spec = {
    failurePolicy: 'Ignore',
    matchConditions: [{ name: 'c', expression: 'object.nothing' }],
    validations: [{ expression: 'false' }],
  };
  expect(verdict(spec).refusals).toEqual([]);
  expect(verdict({ ...spec, failurePolicy: 'Fail' }).refusals).toHaveLength(1);
});
