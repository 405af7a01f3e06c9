/**
 * Signs a request with the cluster's authority: subject, names and key are the request's, usages and lifetime the signer's. Who may have what
 * was decided before (./request.ts, and a person or controller who approved).
 */
import { alternativeNames, type CertificateRequest } from './request.ts';
import { x509 } from './x509.ts';

const HOUR_MS = 3_600_000;
const BACKDATE_MS = 5 * 60_000;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

export interface Authority {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS#8, ECDSA P-256. */
  readonly key: string;
}

const flags: Readonly<Record<string, x509.KeyUsageFlags>> = {
  signing: x509.KeyUsageFlags.digitalSignature,
  'digital signature': x509.KeyUsageFlags.digitalSignature,
  'content commitment': x509.KeyUsageFlags.nonRepudiation,
  'key encipherment': x509.KeyUsageFlags.keyEncipherment,
  'key agreement': x509.KeyUsageFlags.keyAgreement,
  'data encipherment': x509.KeyUsageFlags.dataEncipherment,
};
const extended: Readonly<Record<string, string>> = {
  'server auth': x509.ExtendedKeyUsage.serverAuth,
  'client auth': x509.ExtendedKeyUsage.clientAuth,
  'code signing': x509.ExtendedKeyUsage.codeSigning,
  'email protection': x509.ExtendedKeyUsage.emailProtection,
  timestamping: x509.ExtendedKeyUsage.timeStamping,
  'ocsp signing': x509.ExtendedKeyUsage.ocspSigning,
};

/** Seconds a certificate lives: what was asked for, between ten minutes and `maxSeconds`. */
export const lifetimeSeconds = (asked: number | undefined, maxSeconds: number): number =>
  Math.min(maxSeconds, Math.max(600, asked ?? maxSeconds));

export interface SignOptions {
  readonly usages: readonly string[];
  readonly seconds: number;
  readonly nowMs: number;
  readonly random: (length: number) => Uint8Array;
}

/** The certificate as PEM. It never outlives the authority. @throws Error for usages no leaf may have */
export const signCertificateRequest = async (
  authority: Authority,
  { parsed }: CertificateRequest,
  { usages, seconds, nowMs, random }: SignOptions,
): Promise<string> => {
  const unknown = usages.find((usage) => !Object.hasOwn(flags, usage) && !Object.hasOwn(extended, usage));
  if (unknown !== undefined) throw new Error(`no certificate is signed for the usage ${JSON.stringify(unknown)}`);
  const issuer = new x509.X509Certificate(authority.certificate);
  const [der] = x509.PemConverter.decode(authority.key);
  const signingKey = await crypto.subtle.importKey('pkcs8', der as ArrayBuffer, algorithm, false, ['sign']);
  const publicKey = await parsed.publicKey.export(crypto);
  const names = alternativeNames(parsed);
  const purposes = usages.flatMap((usage) => extended[usage] ?? []);
  const serial = Array.from(random(15), (byte) => byte.toString(16).padStart(2, '0')).join('');
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: `01${serial}`,
      subject: parsed.subject,
      issuer: issuer.subject,
      notBefore: new Date(nowMs - BACKDATE_MS),
      notAfter: new Date(Math.min(nowMs + seconds * 1000, issuer.notAfter.getTime() - HOUR_MS)),
      signingAlgorithm: algorithm,
      publicKey,
      signingKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(
          usages.reduce((sum, usage) => sum | (flags[usage] ?? 0), 0),
          true,
        ),
        ...(purposes.length > 0 ? [new x509.ExtendedKeyUsageExtension(purposes)] : []),
        await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey, false, crypto),
        ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names.map(({ type, value }) => ({ type, value })))] : []),
      ],
    },
    crypto,
  );
  return `${certificate.toString('pem')}\n`;
};
