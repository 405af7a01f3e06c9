/**
 * The authority that signs certificates: the platform's own (Node.js keeps one beside its TLS certificate), or one that is made when it is first
 * needed and kept in the database, in a Secret, so sealed like all of them. Who trusts it reads its certificate from a ConfigMap of the same name.
 */
import { configMaps } from '#schema/core/config-map.ts';
import { secrets } from '#schema/core/secret.ts';
import { decodeBase64, encodeBase64 } from '#schema/dsl/base64.ts';
import { decodeUtf8, encodeUtf8 } from '#schema/dsl/utf8.ts';
import type { KubeObject } from '#schema/resource.ts';
import type { Platform } from '../../platform/platform.ts';
import type { ApiRegistry } from '../../registry/create.ts';
import type { Actor } from '../../registry/registry.ts';
import type { Authority } from './sign.ts';
import { x509 } from './x509.ts';

const NAMESPACE = 'kube-system';
const NAME = 'kedge-certificate-authority';
const TYPE = 'kedge.dev/certificate-authority';
const DAY_MS = 86_400_000;
const YEARS_MS = 3650 * DAY_MS;

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

const actor: Actor = { user: { name: 'system:kube-controller-manager', groups: ['system:masters'] }, fieldManager: 'csrsigning' };

const createAuthority = async ({ cluster, clock, random }: Pick<Platform, 'cluster' | 'clock' | 'random'>): Promise<Authority> => {
  const keys = (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair;
  const nowMs = clock.now();
  const serial = Array.from(random.bytes(15), (byte) => byte.toString(16).padStart(2, '0')).join('');
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: `01${serial}`,
      name: `CN=kedge-signer-${cluster.clusterUid.slice(0, 8)}`,
      notBefore: new Date(nowMs - DAY_MS),
      notAfter: new Date(nowMs + YEARS_MS),
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(
          x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.digitalSignature,
          true,
        ),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
      ],
    },
    crypto,
  );
  const key = x509.PemConverter.encode((await crypto.subtle.exportKey('pkcs8', keys.privateKey)) as ArrayBuffer, 'PRIVATE KEY');
  return { certificate: `${certificate.toString('pem')}\n`, key: `${key}\n` };
};

const encoded = (text: string): string => encodeBase64(encodeUtf8(text));
const decoded = (text: unknown): string => (typeof text === 'string' ? decodeUtf8(decodeBase64(text)) : '');

export type AuthorityPlatform = Pick<Platform, 'store' | 'keys' | 'cluster' | 'clock' | 'random'>;

/** @throws Error for a Secret of that name which is something else */
const readKept = async (platform: AuthorityPlatform, registry: ApiRegistry): Promise<Authority | undefined> => {
  const stored = await platform.store.get({ resource: 'core/secrets', namespace: NAMESPACE, name: NAME });
  if (!stored) return undefined;
  const secret = JSON.parse(await registry.bodies.open(stored, stored.body));
  const [certificate, key] = [decoded(secret.data?.['ca.crt']), decoded(secret.data?.['ca.key'])];
  if (secret.type !== TYPE || !certificate || !key) throw new Error(`Secret ${NAMESPACE}/${NAME} holds no certificate authority`);
  return { certificate, key };
};

const create = (definition: typeof secrets | typeof configMaps, kind: string, content: object) => ({
  op: 'create' as const,
  definition,
  object: { apiVersion: 'v1', kind, metadata: { name: NAME, namespace: NAMESPACE }, ...content } as KubeObject,
});

/** Safe to call from several processes at once: one of them makes it, the others read it. */
export const certificateAuthority = async (platform: AuthorityPlatform, registry: ApiRegistry): Promise<Authority> => {
  const { keys, cluster } = platform;
  if (keys.authorityKey && cluster.rootCA) return { certificate: cluster.rootCA, key: keys.authorityKey };
  const kept = await readKept(platform, registry);
  if (kept) return kept;
  const made = await createAuthority(platform);
  const data = { 'ca.crt': encoded(made.certificate), 'ca.key': encoded(made.key) };
  const [secret] = await registry.applyAll([create(secrets, 'Secret', { type: TYPE, data })], actor);
  if (secret?.status === 'ok') {
    await registry.applyAll([create(configMaps, 'ConfigMap', { data: { 'ca.crt': made.certificate } })], actor);
    return made;
  }
  const theirs = secret?.status === 'alreadyExists' ? await readKept(platform, registry) : undefined;
  if (!theirs)
    throw new Error(`the certificate authority cannot be kept: ${secret && 'message' in secret ? secret.message : secret?.status}`);
  return theirs;
};
