/**
 * The way out of the cluster, on the node itself: drained with its own credential, Node object and credential gone, service stopped, containers, networks and packet
 * rules removed, files deleted. What others put on the machine (Docker, packages) stays.
 */
import { rmSync } from 'node:fs';
import type Docker from 'dockerode';
import { createApi, Refused } from '../backup/api.ts';
import { removeCluster } from '../cluster/remove.ts';
import { drain } from './drain.ts';
import { nodeAccess, readNode } from './joined.ts';
import { type NodeLayout, stateFiles } from './layout.ts';
import { runningAgent } from './running-agent.ts';
import type { Service } from './service.ts';

export interface LeaveInput {
  readonly layout: NodeLayout;
  readonly service: Service;
  readonly docker: Docker;
  /** Leaves even when the control plane does not answer or does not know the node any more, and evicts what nobody makes anew. */
  readonly force: boolean;
  readonly timeoutMs: number;
  readonly print: (line: string) => void;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

export interface Left {
  readonly node: string;
  readonly containers: number;
  readonly networks: number;
}

/** @throws PersonError, and then nothing but the drain has happened, and the node takes pods as it did before */
export const leaveCluster = async ({ layout, service, docker, force, timeoutMs, print, now, sleep }: LeaveInput): Promise<Left> => {
  const config = readNode(layout.state);
  const api = createApi(nodeAccess(config));
  const files = stateFiles(layout.state);
  const agent = runningAgent(files);
  let reopen = async (): Promise<void> => {};
  try {
    print(`Draining ${config.nodeName}`);
    reopen = await drain({ api, node: config.nodeName, timeoutMs, force, now, sleep, print });
    agent.pause();
    await api.call('POST', '/kedge/v1/leave', {});
  } catch (error) {
    const gone = error instanceof Refused && error.code === 401;
    if (!force && !gone) {
      agent.resume();
      await reopen();
      throw error;
    }
    print(gone ? 'The cluster does not know this node any more' : `Leaving all the same: ${(error as Error).message}`);
  } finally {
    await api.close();
  }
  service.remove(layout.unit);
  await agent.end(sleep);
  const removed = await removeCluster(docker, config, { node: files.node });
  rmSync(layout.state, { recursive: true, force: true });
  rmSync(layout.program, { recursive: true, force: true });
  return { node: config.nodeName, ...removed };
};
