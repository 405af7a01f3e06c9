/** A CA of a test's own, and server certificates it signed. Neighbour: webhook-server.ts. */
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;

export interface ServerCertificate {
  /** All PEM. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** The CA as `caBundle` wants it. */
  readonly caBundle: string;
}

/** `names`: DNS names, or IP addresses. */
export const serverCertificate = async (names: readonly string[]): Promise<ServerCertificate> => {
  const usages = ['sign', 'verify'] as const;
  const [authority, server] = await Promise.all([
    crypto.subtle.generateKey(algorithm, true, usages),
    crypto.subtle.generateKey(algorithm, true, usages),
  ]);
  const validity = { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + 30 * DAY_MS) };
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    serialNumber: '01',
    name: 'CN=test-ca',
    signingAlgorithm: algorithm,
    keys: authority,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
    ],
  });
  const cert = await x509.X509CertificateGenerator.create({
    ...validity,
    serialNumber: '02',
    subject: `CN=${names[0]}`,
    issuer: ca.subject,
    signingAlgorithm: algorithm,
    publicKey: server.publicKey,
    signingKey: authority.privateKey,
    extensions: [
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: /^[\d.]+$/.test(value) ? ('ip' as const) : ('dns' as const), value })),
      ),
    ],
  });
  const pem = ca.toString('pem');
  return {
    ca: pem,
    cert: cert.toString('pem'),
    key: x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', server.privateKey), 'PRIVATE KEY'),
    caBundle: btoa(pem),
  };
};
