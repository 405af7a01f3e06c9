import { expect, it } from 'vitest';
import { accept, row } from '../conformance/accept.ts';
import { encodeBase64 } from '../dsl/base64.ts';
import { encodeUtf8 } from '../dsl/utf8.ts';
import { certificateSigningRequests } from './certificate-signing-request.ts';

const pem = encodeBase64(encodeUtf8('-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n'));
const made = (more: object) =>
  accept<any>(certificateSigningRequests, {
    metadata: { name: 'a:b' },
    spec: { request: pem, signerName: 'example.com/own', usages: ['client auth'], ...more },
  });

it.each([
  [{}, []],
  [{ usages: [] }, ['spec.usages: Required value']],
  [{ usages: ['client auth', 'client auth'] }, ['spec.usages[1]: Duplicate value: "client auth"']],
  [{ request: 'AAAA' }, ['spec.request: Invalid value: "AAAA": PEM block type must be CERTIFICATE REQUEST']],
  [
    { expirationSeconds: 599 },
    ['spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 600 seconds (10 minutes)'],
  ],
  [{ signerName: '' }, ['spec.signerName: Required value']],
  [
    { signerName: 'own' },
    ['spec.signerName: Invalid value: "own": must be a fully qualified domain and path of the form "example.com/signer-name"'],
  ],
  [
    { signerName: 'kubernetes.io/legacy-unknown' },
    ['spec.signerName: Invalid value: "kubernetes.io/legacy-unknown": the legacy signerName is not allowed via this API version'],
  ],
])('%j', (more, errors) => {
  expect(made(more).errors).toEqual(errors);
});

it('never changes, and is shown with its decision', () => {
  const { object: old } = made({ username: 'ann' });
  expect(accept<any>(certificateSigningRequests, { ...old, spec: { ...old.spec, username: 'eve' } }, old).object.spec.username).toBe('ann');
  const shown = (status: object) => row(certificateSigningRequests, { ...old, status }, 0).Condition;
  expect(shown({})).toBe('Pending');
  expect(shown({ conditions: [{ type: 'Approved' }] })).toBe('Approved');
  expect(shown({ conditions: [{ type: 'Approved' }], certificate: 'AA==' })).toBe('Approved,Issued');
  expect(shown({ conditions: [{ type: 'Denied' }] })).toBe('Denied');
});
