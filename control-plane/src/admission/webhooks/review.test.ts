/** Answers of webhooks are read strictly, whatever they are. */
import { expect, test } from 'vitest';
import fc from '#fast-check';
import { readAnswer } from './review.ts';

const good = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid: 'u', allowed: true } };
const near = fc.record(
  {
    apiVersion: fc.constantFrom('admission.k8s.io/v1', 'admission.k8s.io/v1beta1', 7),
    kind: fc.constantFrom('AdmissionReview', 'Review', null),
    response: fc.oneof(
      fc.jsonValue(),
      fc.record(
        {
          uid: fc.constantFrom('u', 'v', null),
          allowed: fc.oneof(fc.boolean(), fc.jsonValue()),
          patch: fc.oneof(fc.base64String(), fc.string(), fc.jsonValue()),
          patchType: fc.oneof(fc.constantFrom('JSONPatch', 'Merge', ''), fc.jsonValue()),
          warnings: fc.oneof(fc.array(fc.string()), fc.jsonValue()),
          auditAnnotations: fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue()),
          status: fc.jsonValue(),
        },
        { requiredKeys: [] },
      ),
    ),
  },
  { requiredKeys: [] },
);

test('an answer is understood whole, or refused in words', () => {
  fc.assert(
    fc.property(fc.oneof(near, fc.jsonValue()), fc.boolean(), (answer, mutating) => {
      try {
        const { allowed, warnings, auditAnnotations } = readAnswer(answer, 'u', mutating);
        expect(typeof allowed).toBe('boolean');
        expect([...warnings, ...Object.values(auditAnnotations)].every((text) => typeof text === 'string')).toBe(true);
      } catch (error) {
        expect((error as Error).constructor).toBe(Error);
        expect((error as Error).message).not.toBe('');
      }
    }),
  );
});

test('nothing but true allows', () => {
  for (const allowed of ['true', 1, null, {}, undefined])
    expect(readAnswer({ ...good, response: { uid: 'u', allowed } }, 'u', false).allowed).toBe(false);
  expect(readAnswer(good, 'u', false).allowed).toBe(true);
});
