import { expect, test } from 'vitest';
import { ChangeMemo } from './change-memo.ts';

const change = {
  resource: 'core/pods',
  namespace: 'default',
  name: 'p',
  uid: 'u',
  revision: 7,
  type: 'ADDED',
  body: '{"metadata":{}}',
} as const;

test('an event is parsed, spliced and encoded once for all watches of a form', () => {
  const memo = new ChangeMemo();
  const views = [memo.view(change), memo.view({ ...change })];
  let made = 0;
  const make = () => `line ${++made}`;
  const [a, b, other] = [
    views[0]!.encoded('ADDED object', make),
    views[1]!.encoded('ADDED object', make),
    views[1]!.encoded('ADDED partial', make),
  ];
  expect(a).toBe(b);
  expect([made, new TextDecoder().decode(a), new TextDecoder().decode(other)]).toEqual([2, 'line 1', 'line 2']);
  expect(views[0]!.now()).toBe(views[1]!.now());
});

test('a revision that comes again with something else, as after a restore, is looked at anew', () => {
  const memo = new ChangeMemo();
  const text = (body: string) => memo.view({ ...change, body }).text();
  expect([text('{"metadata":{"name":"one"}}'), text('{"metadata":{"name":"other"}}')]).toEqual([
    '{"metadata":{"resourceVersion":"7","name":"one"}}',
    '{"metadata":{"resourceVersion":"7","name":"other"}}',
  ]);
});
