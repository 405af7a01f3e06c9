/** Conditions of policies and webhooks: what decides, and what is an error. */
import { expect, it } from 'vitest';
import { nobodyAsks } from './access.ts';
import { compiledConditions } from './compiled-policy.ts';
import { ExpressionRun } from './expression-run.ts';
import { meetsConditions } from './match-conditions.ts';

const met = (...expressions: string[]) => {
  const compiled = compiledConditions(expressions.map((expression, i) => ({ name: `c${i}`, expression })));
  const object = { metadata: { labels: { a: 'b' } } };
  return meetsConditions(compiled, new ExpressionRun({ request: { operation: 'CREATE', object, oldObject: null }, authorize: nobodyAsks }));
};

it.each([
  [['object.metadata.labels.a == "b"', 'oldObject == null && request.operation == "CREATE"'], { matches: true }],
  [['true', 'object.metadata.labels.a == "c"'], { matches: false }],
  [['object.spec.x == 1', 'false'], { matches: false }],
  [['object.spec.x == 1', 'true'], { error: "expression 'object.spec.x == 1' resulted in error: no such key: spec" }],
  [
    ['object.a == 1', 'object.b == 1'],
    {
      error: "[expression 'object.a == 1' resulted in error: no such key: a, expression 'object.b == 1' resulted in error: no such key: b]",
    },
  ],
  [['authorizer.group("").resource("pods").check("get").allowed()'], { matches: false }],
])('%j', (expressions, outcome) => {
  expect(met(...expressions)).toEqual(outcome);
});
