/**
 * How aggregated APIs know that a request comes from the API server: a client certificate of an authority that signed nothing else, and a ConfigMap that
 * names it, where extension API servers look for it. Made when the first aggregated API appears and kept in a Secret, so sealed. The agent that ends TLS
 * holds it while it sends: a node that runs an aggregated API's pod is as good as the API server to the other ones.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/#authentication-flow
 */
import { configMaps } from '#schema/core/config-map.ts';
import { secrets } from '#schema/core/secret.ts';
import { decodeBase64, encodeBase64 } from '#schema/dsl/base64.ts';
import { decodeUtf8, encodeUtf8 } from '#schema/dsl/utf8.ts';
import { roles } from '#schema/rbac/role.ts';
import type { KubeObject, ResourceDefinition } from '#schema/resource.ts';
import type { Platform } from '../platform/platform.ts';
import type { ApiRegistry } from '../registry/create.ts';
import type { Actor, Operation } from '../registry/registry.ts';

export interface ClientCertificate {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

/** The certificate to show. @throws Error when it cannot be kept */
export type FrontProxy = () => Promise<ClientCertificate>;

const namespace = 'kube-system';
const secretName = 'kedge-front-proxy';
const type = 'kedge.dev/front-proxy';
/** Names that extension API servers and their charts know. */
const configName = 'extension-apiserver-authentication';
const readerName = 'extension-apiserver-authentication-reader';
const commonName = 'front-proxy-client';
const DAY_MS = 86_400_000;
const LIFE_MS = 3650 * DAY_MS;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

const actor: Actor = { user: { name: 'system:apiserver', groups: ['system:masters'] }, fieldManager: 'kedge' };

interface Kept extends ClientCertificate {
  readonly ca: string;
}

const make = async ({ clock, random }: Pick<Platform, 'clock' | 'random'>): Promise<Kept> => {
  // once in the life of a cluster
  const { x509 } = await import('../auth/certificates/x509.ts');
  const authority = (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair;
  const client = (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair;
  const nowMs = clock.now();
  const serial = (): string => `01${Array.from(random.bytes(15), (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
  const validity = { notBefore: new Date(nowMs - DAY_MS), notAfter: new Date(nowMs + LIFE_MS), signingAlgorithm: algorithm };
  const { KeyUsageFlags } = x509;
  const ca = await x509.X509CertificateGenerator.createSelfSigned(
    {
      ...validity,
      serialNumber: serial(),
      name: 'CN=kedge-front-proxy-ca',
      keys: authority,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.digitalSignature, true),
      ],
    },
    crypto,
  );
  const cert = await x509.X509CertificateGenerator.create(
    {
      ...validity,
      serialNumber: serial(),
      subject: `CN=${commonName}`,
      issuer: ca.subject,
      publicKey: client.publicKey,
      signingKey: authority.privateKey,
      extensions: [
        new x509.KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
      ],
    },
    crypto,
  );
  const key = x509.PemConverter.encode((await crypto.subtle.exportKey('pkcs8', client.privateKey)) as ArrayBuffer, 'PRIVATE KEY');
  return { ca: `${ca.toString('pem')}\n`, cert: `${cert.toString('pem')}\n`, key: `${key}\n` };
};

const encoded = (text: string): string => encodeBase64(encodeUtf8(text));
const decoded = (text: unknown): string => (typeof text === 'string' ? decodeUtf8(decodeBase64(text)) : '');

const create = (definition: ResourceDefinition, apiVersion: string, name: string, content: object): Operation => ({
  op: 'create',
  definition,
  object: { apiVersion, kind: definition.kind, metadata: { name, namespace }, ...content } as KubeObject,
});

const documents = (ca: string, rootCA: string): Operation[] => [
  create(configMaps, 'v1', configName, {
    data: {
      ...(rootCA ? { 'client-ca-file': rootCA } : {}),
      'requestheader-allowed-names': JSON.stringify([commonName]),
      'requestheader-client-ca-file': ca,
      'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
      'requestheader-group-headers': '["X-Remote-Group"]',
      'requestheader-uid-headers': '["X-Remote-Uid"]',
      'requestheader-username-headers': '["X-Remote-User"]',
    },
  }),
  create(roles, 'rbac.authorization.k8s.io/v1', readerName, {
    rules: [{ apiGroups: [''], resources: ['configmaps'], resourceNames: [configName], verbs: ['get', 'list', 'watch'] }],
  }),
];

type ProxyPlatform = Pick<Platform, 'store' | 'cluster' | 'clock' | 'random'>;

export const createFrontProxy = (platform: ProxyPlatform, registry: Pick<ApiRegistry, 'applyAll' | 'bodies'>): FrontProxy => {
  let known: ClientCertificate | undefined;

  const read = async (): Promise<Kept | undefined> => {
    const stored = await platform.store.get({ resource: 'core/secrets', namespace, name: secretName });
    if (!stored) return undefined;
    const { data = {}, type: found } = JSON.parse(await registry.bodies.open(stored, stored.body));
    const kept = { ca: decoded(data['ca.crt']), cert: decoded(data['tls.crt']), key: decoded(data['tls.key']) };
    if (found !== type || !kept.ca || !kept.cert || !kept.key) throw new Error(`Secret ${namespace}/${secretName} holds no front proxy`);
    return kept;
  };

  return async () => {
    if (known) return known;
    let kept = await read();
    if (!kept) {
      const made = await make(platform);
      const data = { 'ca.crt': encoded(made.ca), 'tls.crt': encoded(made.cert), 'tls.key': encoded(made.key) };
      const [result] = await registry.applyAll([create(secrets, 'v1', secretName, { type, data })], actor);
      // another process may have been first
      kept = result?.status === 'ok' ? made : await read();
      if (!kept) throw new Error(`the front proxy's certificate cannot be kept: ${result && 'message' in result ? result.message : ''}`);
    }
    // what is there stays
    await registry.applyAll(documents(kept.ca, platform.cluster.rootCA), actor);
    known = { cert: kept.cert, key: kept.key };
    return known;
  };
};
