/** What the node on this machine is and does, by its files, its service and, when it can be asked, the control plane. */
import { existsSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createApi } from '../backup/api.ts';
import { readJson, readText } from '../cluster/folder.ts';
import { fromNow } from '../duration.ts';
import type { CredentialState } from './credential.ts';
import { nodeAccess, readNode } from './joined.ts';
import { type NodeLayout, stateFiles } from './layout.ts';
import type { Service } from './service.ts';

export interface NodeStatus {
  readonly node: string;
  readonly server: string;
  readonly clusterUid: string;
  /** '' where none is installed. */
  readonly version: string;
  readonly service: string;
  /** What the control plane says: `True`, `False`, `Unknown`; '' when it could not be asked. */
  readonly ready: string;
  /** Why not, or why it could not be asked. */
  readonly message: string;
  readonly credentialExpires: string;
  /** The last version that was taken back, and why. */
  readonly returned: string;
}

/** @throws PersonError when this machine is no node */
export const nodeStatus = async (layout: NodeLayout, service: Service): Promise<NodeStatus> => {
  const config = readNode(layout.state);
  const files = stateFiles(layout.state);
  const current = join(layout.program, 'current');
  const api = createApi(nodeAccess(config));
  let [ready, message] = ['', ''];
  try {
    const node = await api.call('GET', `/api/v1/nodes/${config.nodeName}`);
    const condition = (node.status?.conditions ?? []).find(({ type }: { type: string }) => type === 'Ready');
    [ready, message] = [
      condition?.status ?? 'Unknown',
      condition?.status === 'True' ? '' : (condition?.message ?? 'nothing was reported yet'),
    ];
  } catch (error) {
    message = (error as Error).message;
  } finally {
    await api.close();
  }
  return {
    ...{ node: config.nodeName, server: config.server, clusterUid: config.clusterUid, ready, message },
    version: existsSync(current) ? (readlinkSync(current).split('/').at(-1) ?? '') : '',
    service: service.managed ? service.state() : existsSync(files.ready) ? 'running' : '',
    credentialExpires: readJson<CredentialState>(files.credential)?.expires ?? '',
    returned: readText(files.returned)?.trim() ?? '',
  };
};

export const nodeStatusText = (status: NodeStatus, nowMs: number): string =>
  [
    `Node       ${status.node} of cluster ${status.clusterUid} at ${status.server}`,
    `Agent      ${status.version || 'not installed'}${status.service ? `, ${status.service}` : ''}`,
    `Ready      ${status.ready || 'not known'}${status.message ? `: ${status.message}` : ''}`,
    `Credential ${status.credentialExpires ? `renewed by itself, ends ${fromNow(Date.parse(status.credentialExpires), nowMs)}` : 'none'}`,
    ...(status.returned ? [`Returned   ${status.returned}`] : []),
  ].join('\n');
