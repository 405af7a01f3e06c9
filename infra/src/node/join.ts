/** Makes this machine a node: exchanges the join token and writes the agent's configuration. Safe to run again on the same machine with a good token. */
import { existsSync, mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import type { AgentConfig } from '#node-agent/config.ts';
import { readJson, readText, writePrivateJson } from '../cluster/folder.ts';
import { toNodeName } from '../cluster/identity.ts';
import { PersonError } from '../person-error.ts';
import { exchangeToken } from './credential.ts';
import { type StateFiles, stateFiles } from './layout.ts';

export interface JoinInput {
  /** https://HOST:PORT */
  readonly server: string;
  /** PEM file of a CA of the cluster's own. */
  readonly caFile?: string | undefined;
  readonly token: string;
  readonly nodeName?: string | undefined;
  readonly dockerHost?: string | undefined;
  /** Folder of credential and configuration. */
  readonly state: string;
  readonly nowMs: number;
}

export interface Joined {
  readonly nodeName: string;
  readonly clusterUid: string;
  readonly expires: string;
  readonly files: StateFiles;
}

const originOf = (server: string): string => {
  try {
    const { origin, protocol } = new URL(server);
    if (protocol === 'https:' || protocol === 'http:') return origin;
  } catch {
    // said below
  }
  throw new PersonError(`--server ${server}: an address such as https://kedge.example.com or https://10.0.0.5:6443.`);
};

/** @throws PersonError */
export const joinCluster = async ({ server, caFile, token, nodeName, dockerHost, state, nowMs }: JoinInput): Promise<Joined> => {
  const origin = originOf(server);
  const files = stateFiles(state);
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const present = readJson<AgentConfig>(files.config);
  if (present && present.server !== origin)
    throw new PersonError(
      `This machine is node ${present.nodeName} of the cluster at ${present.server}: leave that first (kedge-agent leave, or kedge node leave).`,
    );
  const name = nodeName ?? present?.nodeName ?? toNodeName(hostname());
  const caPem = caFile === undefined ? undefined : readText(caFile);
  if (caFile !== undefined && !caPem) throw new PersonError(`${caFile} cannot be read: it should hold the CA of the control plane.`);
  const issued = await exchangeToken({ server: origin, caPem, token, nodeName: name, files, nowMs });
  const serving = existsSync(files.servingCert) ? { servingCertFile: files.servingCert, servingKeyFile: files.servingKey } : {};
  const config: AgentConfig = {
    dir: files.node,
    server: origin,
    ...(caFile === undefined ? {} : { caFile }),
    tokenFile: files.token,
    nodeName: issued.nodeName,
    clusterUid: issued.clusterUid,
    ...(dockerHost === undefined ? {} : { dockerHost }),
    serviceCIDR: issued.serviceCIDR,
    clusterDNS: issued.clusterDNS,
    clusterDomain: issued.clusterDomain,
    ...serving,
    logLevel: 'info',
  };
  writePrivateJson(files.config, config);
  return { nodeName: issued.nodeName, clusterUid: issued.clusterUid, expires: issued.expires, files };
};
