import { expect, it } from 'vitest';
import { goPrint } from '#schema/patch/go-print.ts';
import { converterWords, patchRefusal } from './patch-refusal.ts';

it.each([
  [{ spec: { replicas: 'two', b: null, a: [1, true, 'x'] } }, 'map[spec:map[a:[1 true x] b:<nil> replicas:two]]'],
  [{}, 'map[]'],
  [[], '[]'],
  [1.5, '1.5'],
])('prints %j as Go does', (value, text) => {
  expect(goPrint(value)).toBe(text);
});

it.each([
  ['json: cannot unmarshal number into Go struct field ConfigMap.data of type string', 'cannot convert int64 to string'],
  ['json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32', 'unrecognized type: int32'],
  ['json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.name of type string', 'unrecognized type: string'],
  ['json: cannot unmarshal string into Go struct field ConfigMap.data of type map[string]string', 'cannot restore map from string'],
  ['json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container', 'cannot restore slice from map'],
  ['json: cannot unmarshal array into Go struct field Pod.spec of type v1.PodSpec', 'cannot restore struct from: slice'],
  ['strict decoding error: unknown field "spec.foo"', 'strict decoding error: unknown field "spec.foo"'],
])('%s', (json, converter) => {
  expect(converterWords(json)).toBe(converter);
});

it('names the field patch, and shows no more than some of it', () => {
  const error = patchRefusal(false, { data: 'x'.repeat(100_000) })('why');
  expect(error.reason).toBe('Invalid');
  expect(error.message).toMatch(/^ "" is invalid: patch: Invalid value: "\{\\"data\\":\\"x+\.\.\.": why$/);
  expect(error.message.length).toBeLessThan(9_000);
  expect(error.details?.causes?.[0]).toMatchObject({ reason: 'FieldValueInvalid', field: 'patch' });
});
