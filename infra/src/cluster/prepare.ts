/**
 * Everything that must stand in a cluster's folder before its two processes start: identity, keys, certificates, tokens, kubeconfig and the two
 * configuration files. Idempotent: a second call changes nothing but what has to change (a moved port, a new address, a lost kubeconfig).
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureAuthority, ensureLeaf } from '../pki/authority.ts';
import { addressAt, serverNames, serviceNames } from '../pki/names.ts';
import { type ClusterFolder, makeFolder, readText, writePrivate, writePrivateJson } from './folder.ts';
import { type ClusterIdentity, ensureIdentity } from './identity.ts';
import { ensureKeys } from './keys.ts';
import { kubeconfigText, leadsTo, tokenOf } from './kubeconfig.ts';
import { readSettings } from './settings.ts';
import { adminIdentity, ensureToken, nodeIdentity, tokenEntry } from './tokens.ts';

export interface PrepareOptions {
  readonly port?: number;
  /** Address to listen on. Default: all, as the certificates carry every address of the machine. */
  readonly host?: string;
  readonly nodeName?: string;
  readonly dockerHost: string;
  /** Networks already in use on this machine, by others than this folder; asked only for a new cluster. */
  readonly taken: () => Promise<readonly string[]>;
  /** Called for a new cluster, with networks that it may not keep: whoever looks at `taken` from then on finds them there. */
  readonly claim?: (identity: ClusterIdentity) => void;
  readonly nodePortRange?: readonly [number, number];
  readonly logLevel?: string;
}

export interface PreparedCluster {
  readonly identity: ClusterIdentity;
  readonly url: string;
  readonly isNew: boolean;
}

export const repoDir = fileURLToPath(new URL('../../..', import.meta.url));

/** Entry points of the two processes; each takes `--config FILE`. */
export const controlPlaneEntry = join(repoDir, 'control-plane/src/platform/node.ts');
export const agentEntry = join(repoDir, 'node-agent/src/main.ts');

/**
 * How Node.js runs the control plane: the heap grows to no more than twice what is used and is given back when there is nothing to do, and what the C library
 * frees goes back to the system, so that a process of thousands of pods stays small. Threads share one arena: what one has freed is there for the others. Code
 * compiled once is not compiled, and its compiler not loaded, again.
 * One thread collects garbage and compiles beside the main one: on a small machine more of them take the processors from it, which holds up every watch for a
 * second. What has been compiled is let go of at once: behind other work of that one thread, 150 compilations would wait for it, each of 60 kB, and what they
 * leave between other things never goes back to the system.
 * Nothing is made among old objects from the start: V8 would do so with the rows of a list once it has seen one kept, and a text that such a row points to
 * stays until all garbage is collected. Half a minute of lists then holds every text it has sent.
 */
export const controlPlaneRuntime = {
  flags: [
    '--disable-warning=ExperimentalWarning',
    '--expose-gc',
    '--heap-growing-percent=100',
    '--max-semi-space-size=16',
    '--v8-pool-size=1',
    '--no-maglev-destroy-on-background',
    '--no-allocation-site-pretenuring',
  ],
  env: {
    MALLOC_ARENA_MAX: '1',
    MALLOC_MMAP_THRESHOLD_: '131072',
    MALLOC_TRIM_THRESHOLD_: '131072',
    NODE_COMPILE_CACHE: join(repoDir, 'node_modules/.cache/kedge-compiled'),
  },
} as const;

export const prepareCluster = async (folder: ClusterFolder, options: PrepareOptions): Promise<PreparedCluster> => {
  const { oidc, audit, plan, ...settings } = readSettings(folder.settings);
  makeFolder(folder);
  const isNew = readText(folder.identity) === undefined;
  const identity = await ensureIdentity(folder, { ...options, ...(settings.podCIDR ? { podCIDR: settings.podCIDR } : {}) });
  const keys = await ensureKeys(folder);
  const authority = await ensureAuthority(folder.pki, identity.clusterUid, Date.now());
  const server = await renewServerLeaf(folder, identity);
  const service = await ensureLeaf(folder.pki, 'service', { authority, names: serviceNames(identity.serviceCIDR), nowMs: Date.now() });
  const url = `https://127.0.0.1:${identity.port}`;

  const adminToken = await ensureToken(tokenOf(readText(folder.kubeconfig) ?? ''), keys.tokenHmacKey, keys);
  const nodeToken = await ensureToken(readText(folder.nodeToken)?.trim(), keys.tokenHmacKey, keys);
  const access = { server: url, caPem: authority.certPem, token: adminToken };
  if (!leadsTo(readText(folder.kubeconfig) ?? '', access)) writePrivate(folder.kubeconfig, kubeconfigText(access));
  writePrivate(folder.nodeToken, `${nodeToken}\n`);

  writePrivateJson(folder.controlPlaneConfig, {
    dir: folder.data,
    listen: { host: options.host ?? '0.0.0.0', port: identity.port },
    tls: { cert: server.cert, key: server.key, ca: join(folder.pki, 'ca.crt'), caKey: join(folder.pki, 'ca.key') },
    agentDir: folder.agent,
    keysFile: folder.keys,
    clusterUid: identity.clusterUid,
    podCIDR: identity.podCIDR,
    serviceCIDR: identity.serviceCIDR,
    nodePortRange: options.nodePortRange ?? settings.nodePortRange ?? [30000, 32767],
    ...(oidc ? { oidc } : {}),
    ...(audit ? { audit } : {}),
    ...(plan ? { plan } : {}),
    bootstrapTokens: await Promise.all([tokenEntry(adminToken, adminIdentity), tokenEntry(nodeToken, nodeIdentity(identity.nodeName))]),
    logLevel: options.logLevel ?? settings.logLevel ?? 'info',
  });
  writePrivateJson(folder.agentConfig, {
    dir: folder.node,
    server: url,
    caFile: join(folder.pki, 'ca.crt'),
    tokenFile: folder.nodeToken,
    nodeName: identity.nodeName,
    clusterUid: identity.clusterUid,
    dockerHost: options.dockerHost,
    serviceCIDR: identity.serviceCIDR,
    clusterDNS: addressAt(identity.serviceCIDR, 10),
    clusterDomain: 'cluster.local',
    servingCertFile: service.cert,
    servingKeyFile: service.key,
    logLevel: options.logLevel ?? settings.logLevel ?? 'info',
  });
  return { identity, url, isNew };
};

/** The API server's certificate for the machine's present addresses. */
export const renewServerLeaf = async (folder: ClusterFolder, identity: ClusterIdentity) => {
  const nowMs = Date.now();
  const authority = await ensureAuthority(folder.pki, identity.clusterUid, nowMs);
  return ensureLeaf(folder.pki, 'server', { authority, names: serverNames(), nowMs });
};
