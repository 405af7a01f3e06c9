/**
 * The cluster's own certificate authority and the leaf certificates it signs. ECDSA P-256; the CA lives ten years, leaves one year and are renewed
 * a month before their end or when the names they must carry change. Clients trust the CA, so a renewed leaf needs no new kubeconfig.
 */
import { X509Certificate as NodeCertificate, webcrypto } from 'node:crypto';
import { join } from 'node:path';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { readText, writePrivate } from '../cluster/folder.ts';
import { PersonError } from '../person-error.ts';
import type { CertificateNames } from './names.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const day = 86_400_000;
const crypto = webcrypto as unknown as Crypto;
x509.cryptoProvider.set(crypto);

export interface Authority {
  readonly certPem: string;
  readonly certificate: x509.X509Certificate;
  readonly key: CryptoKey;
}

const keyPem = async (key: CryptoKey): Promise<string> =>
  x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');

const readKey = (pem: string): Promise<CryptoKey> =>
  crypto.subtle.importKey('pkcs8', x509.PemConverter.decode(pem)[0] as ArrayBuffer, algorithm, false, ['sign']);

/** Serial numbers are positive and random. */
const serialNumber = (): string => `01${Buffer.from(crypto.getRandomValues(new Uint8Array(15))).toString('hex')}`;

const createAuthority = async (clusterUid: string, nowMs: number): Promise<{ certPem: string; keyPem: string }> => {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=kedge-ca-${clusterUid.slice(0, 8)}`,
    notBefore: new Date(nowMs - day),
    notAfter: new Date(nowMs + 3650 * day),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
    ],
  });
  return { certPem: `${certificate.toString('pem')}\n`, keyPem: `${await keyPem(keys.privateKey)}\n` };
};

/** Reads the CA of `dir` (ca.crt, ca.key) or makes it. @throws PersonError when one of the two files is missing or damaged */
export const ensureAuthority = async (dir: string, clusterUid: string, nowMs: number): Promise<Authority> => {
  const [certFile, keyFile] = [join(dir, 'ca.crt'), join(dir, 'ca.key')];
  let [certPem, key] = [readText(certFile), readText(keyFile)];
  if (!certPem && !key) {
    const made = await createAuthority(clusterUid, nowMs);
    writePrivate(keyFile, made.keyPem);
    writePrivate(certFile, made.certPem);
    [certPem, key] = [made.certPem, made.keyPem];
  }
  try {
    return { certPem: certPem as string, certificate: new x509.X509Certificate(certPem as string), key: await readKey(key as string) };
  } catch {
    throw new PersonError(`The certificate authority in ${dir} is damaged: put ca.crt and ca.key back from a copy.`);
  }
};

/** True when the certificate carries exactly these names, was signed by this CA and lives for another month. */
export const isCurrent = (certPem: string, authority: Authority, names: CertificateNames, nowMs: number): boolean => {
  try {
    const certificate = new NodeCertificate(certPem);
    const carried = new x509.X509Certificate(certPem).getExtension(x509.SubjectAlternativeNameExtension)?.names.items ?? [];
    const text = (list: readonly string[]) => [...list].sort().join();
    return (
      certificate.verify(new NodeCertificate(authority.certPem).publicKey) &&
      certificate.validToDate.getTime() > nowMs + 30 * day &&
      text(carried.map((name) => name.value)) === text([...names.dns, ...names.ips])
    );
  } catch {
    return false;
  }
};

const createLeaf = async (authority: Authority, commonName: string, names: CertificateNames, nowMs: number) => {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: `CN=${commonName}`,
    issuer: authority.certificate.subject,
    notBefore: new Date(nowMs - day),
    notAfter: new Date(nowMs + 365 * day),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: authority.key,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      await x509.AuthorityKeyIdentifierExtension.create(authority.certificate.publicKey, false, crypto),
      new x509.SubjectAlternativeNameExtension([
        ...names.dns.map((value) => ({ type: 'dns' as const, value })),
        ...names.ips.map((value) => ({ type: 'ip' as const, value })),
      ]),
    ],
  });
  return { certPem: `${certificate.toString('pem')}\n`, keyPem: `${await keyPem(keys.privateKey)}\n` };
};

export interface Leaf {
  readonly cert: string;
  readonly key: string;
  /** True when it was made or made anew by this call. */
  readonly renewed: boolean;
}

/** Paths of `<name>.crt` and `<name>.key` in `dir`, made anew when they no longer fit. The key is written first: a reader that sees the new certificate finds its key. */
export const ensureLeaf = async (
  dir: string,
  name: string,
  options: { authority: Authority; names: CertificateNames; nowMs: number },
): Promise<Leaf> => {
  const [cert, key] = [join(dir, `${name}.crt`), join(dir, `${name}.key`)];
  const present = readText(cert);
  if (present && readText(key) && isCurrent(present, options.authority, options.names, options.nowMs)) return { cert, key, renewed: false };
  const made = await createLeaf(options.authority, `kedge-${name}`, options.names, options.nowMs);
  writePrivate(key, made.keyPem);
  writePrivate(cert, made.certPem);
  return { cert, key, renewed: true };
};
