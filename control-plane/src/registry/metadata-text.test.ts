import { describe, expect, it } from 'vitest';
import fc from '#fast-check';
import { metadataText, parseWithoutManagers } from './metadata-text.ts';

const text = fc.oneof(
  fc.string(),
  fc.constantFrom('"', '\\', '\\"', '}', '{[', '"managedFields":[', ',"managedFields":[{', '"metadata":{', '\\\\"}'),
);
// a backslash in names makes V8's JSON.parse misread other names with escapes (nodejs/node#63785)
const name = text.map((value) => value.replaceAll('\\', '/'));
const manager = fc.record({ manager: text, fieldsV1: fc.dictionary(name, fc.dictionary(name, fc.constant({}))) });

const body = fc.record({
  apiVersion: fc.constant('v1'),
  kind: fc.constant('Pod'),
  metadata: fc.record(
    {
      name: text,
      annotations: fc.dictionary(name, text),
      managedFields: fc.array(manager),
      finalizers: fc.array(text),
      generation: fc.nat(),
    },
    { requiredKeys: ['name'] },
  ),
  spec: fc.record({
    note: text,
    template: fc.record({ metadata: fc.record({ labels: fc.dictionary(name, text), managedFields: fc.array(manager) }) }),
  }),
});

describe('metadata of a stored body', () => {
  it('is the same as that of the parsed body, with the revision', () => {
    fc.assert(
      fc.property(body, (object) => {
        expect(JSON.parse(metadataText(JSON.stringify(object), 7))).toEqual({ ...object.metadata, resourceVersion: '7' });
      }),
    );
  });

  it('is left out of a look at the rest as far as managers go, and nothing else is', () => {
    fc.assert(
      fc.property(body, (object) => {
        const { managedFields, ...metadata } = object.metadata;
        const seen = parseWithoutManagers(JSON.stringify(object));
        // what has managedFields alone before all others is parsed whole
        expect(seen).toEqual(Object.keys(object.metadata)[0] === 'managedFields' ? object : { ...object, metadata });
      }),
    );
  });

  it('of a text that was cut off is an error, never a hang', () => {
    const whole = JSON.stringify({ kind: 'Pod', metadata: { name: 'a\\"b', labels: { a: '}' } }, spec: {} });
    for (let length = whole.indexOf('{"name') + 1; length < whole.indexOf(',"spec"'); length++) {
      expect(() => metadataText(whole.slice(0, length), 1)).toThrow(SyntaxError);
    }
  });
});
