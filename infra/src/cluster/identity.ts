/**
 * What a cluster is for its whole life: uid, pod and service network, node name, and the port it was last started on. Made at the first start.
 * Without it the folder's database and the engine's containers could not be known as one cluster, so it is never made anew over existing data.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { PersonError } from '../person-error.ts';
import { chooseCidrs, overlaps } from './cidr.ts';
import { type ClusterFolder, readJson, writePrivateJson } from './folder.ts';

export interface ClusterIdentity {
  readonly version: 1;
  readonly clusterUid: string;
  readonly podCIDR: string;
  readonly serviceCIDR: string;
  readonly nodeName: string;
  readonly port: number;
}

export const defaultPort = 6443;

/** A node name from a host name: lower case, letters, digits, '-' and '.', at most 63 characters. */
export const toNodeName = (host: string): string =>
  host
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, '-')
    .slice(0, 63)
    .replace(/^[-.]+|[-.]+$/g, '') || 'node';

/**
 * Reads the identity or makes one. `taken` are networks already in use on this machine by others; `claim` makes those of this cluster known to them.
 * @throws PersonError when `podCIDR` is not that of the cluster
 */
export const ensureIdentity = async (
  folder: ClusterFolder,
  options: {
    port?: number;
    nodeName?: string;
    podCIDR?: string;
    taken: () => Promise<readonly string[]>;
    claim?: (identity: ClusterIdentity) => void;
  },
): Promise<ClusterIdentity> => {
  const present = readJson<ClusterIdentity>(folder.identity);
  if (present) {
    if (present.version !== 1) {
      throw new PersonError(`${folder.root} was written by a newer Kedge (version ${present.version}): use that one. Nothing was changed.`);
    }
    if (options.podCIDR !== undefined && options.podCIDR !== present.podCIDR) {
      throw new PersonError(
        `settings.yaml: podCIDR is ${options.podCIDR}, and the cluster was made with ${present.podCIDR}, which it keeps: only a new one takes another.`,
      );
    }
    if (options.port === undefined || options.port === present.port) return present;
    const moved = { ...present, port: options.port };
    writePrivateJson(folder.identity, moved);
    return moved;
  }
  if (existsSync(folder.data) && readdirSync(folder.data).length > 0) {
    throw new PersonError(
      `${folder.identity} is missing beside a database: put it back from a copy, or move ${folder.root} away to start an empty cluster.`,
    );
  }
  const base = {
    version: 1,
    clusterUid: randomUUID(),
    nodeName: options.nodeName ?? toNodeName(hostname()),
    port: options.port ?? defaultPort,
  } as const;
  // of two that choose at the same moment, the one that claims later sees the other's claim, and chooses again
  try {
    for (let taken = await options.taken(); ; ) {
      const chosen = chooseCidrs(taken, randomInt, options.podCIDR);
      const identity: ClusterIdentity = { ...base, ...chosen };
      writePrivateJson(folder.identity, identity);
      if (!options.claim) return identity;
      options.claim(identity);
      taken = await options.taken();
      if (!Object.values(chosen).some((own) => taken.some((cidr) => overlaps(cidr, own)))) return identity;
    }
  } catch (error) {
    rmSync(folder.identity, { force: true });
    throw error;
  }
};
