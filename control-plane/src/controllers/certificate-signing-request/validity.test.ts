import { expect, test } from 'vitest';
import fc from '#fast-check';
import { notAfterOf } from './validity.ts';

/** CN=ca, self-signed with P-256, ends 2033-05-18T03:33:20Z. */
const pem = `-----BEGIN CERTIFICATE-----
MIIBCjCBsaADAgECAgEBMAoGCCqGSM49BAMCMA0xCzAJBgNVBAMTAmNhMB4XDTAx
MDkwOTAxNDY0MFoXDTMzMDUxODAzMzMyMFowDTELMAkGA1UEAxMCY2EwWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAATuI8wzeXP1FBi0GpVItIcWaYQVFX65cfBdr3wt
J1Vv8j4/ROzpxdjoybpVNMdSY1VYQRI86KsMskYw+Y+Ua/9yowIwADAKBggqhkjO
PQQDAgNIADBFAiEAhLLZL0wnMSp0XfZvUMD4LCPANrEoZq0TdHXh0rMGHjICIDoA
7pUQyAwus/6M9yb/z8X25YltBny0NmuwHu4ChpyX
-----END CERTIFICATE-----
`;

test('the end of a certificate is read from its DER', () => {
  expect(notAfterOf(pem)).toBe(2_000_000_000_000);
});

test('what is no certificate has no end, whatever it is', () => {
  expect(notAfterOf('')).toBeUndefined();
  const body = pem.split('\n').slice(1, -2).join('');
  fc.assert(
    fc.property(fc.nat({ max: body.length - 1 }), fc.constantFrom(...'AZaz09+/='), (at, letter) => {
      const end = notAfterOf(`-----BEGIN CERTIFICATE-----\n${body.slice(0, at)}${letter}${body.slice(at + 1)}\n-----END CERTIFICATE-----`);
      expect(end === undefined || Number.isFinite(end)).toBe(true);
    }),
  );
});
