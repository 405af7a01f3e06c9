/**
 * A second node for a cluster on one engine: an agent of this process whose containers carry a label of their own, on the engine's own bridge. It joins as any
 * machine does. What it leaves out is the service network, which two agents of one machine cannot share.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createSyncClient } from '#node-agent/client/sync-client.ts';
import { createNodeReporter } from '#node-agent/node/reporter.ts';
import { createPodController } from '#node-agent/pods/controller.ts';
import { noNetwork, quietLog, systemClock } from '#node-agent/pods/fixtures.ts';
import { createContainerRuntime } from '#node-agent/runtime/docker/docker-runtime.ts';
import { createStreamEndpoint } from '#node-agent/streams/endpoint.ts';
import { memoryFolder } from '#node-agent/volumes/pod-volumes.ts';
import type { TestCluster } from '../harness/cluster.ts';

export interface SecondNode {
  readonly name: string;
  /** Ends the agent and takes its containers away. */
  stop(): Promise<void>;
}

const posted = async (cluster: TestCluster, path: string, body: object, token?: string): Promise<any> => {
  const headers = { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  const response = await cluster.fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path} was answered with ${response.status} ${await response.text()}`);
  return response.json();
};

/** Resolves when the node is Ready. */
export const startSecondNode = async (cluster: TestCluster, name = 'second'): Promise<SecondNode> => {
  const { clusterUid, serviceCIDR } = cluster.identity;
  const invited = await posted(cluster, '/apis/kedge.dev/v1/tokens', { type: 'join' });
  const machine = randomBytes(32).toString('hex');
  const { token } = await posted(cluster, '/kedge/v1/join', { nodeName: name, machine }, invited.token);
  const dir = join(cluster.folder.root, name);
  const remote = { server: cluster.url, ca: readFileSync(join(cluster.folder.pki, 'ca.crt'), 'utf8'), token: () => token as string };
  const common = { clock: systemClock, log: quietLog };
  const client = createSyncClient({ ...remote, ...common, clusterUid, nodeName: name, dir, version: 'test', random: Math.random });
  const { view, reports, api } = client;
  const label = randomUUID();
  const settings = {
    clusterUid: label,
    nodeName: name,
    dir,
    server: cluster.url,
    serviceCIDR,
    clusterDNS: '',
    clusterDomain: 'cluster.local',
  };
  const runtime = createContainerRuntime({ docker: cluster.docker, clusterUid: label, network: 'bridge' });
  const network = noNetwork();
  const hostIP = '127.0.0.2';
  const pods = createPodController({ ...common, runtime, view, reports, network, api, settings, hostIP });
  const node = createNodeReporter({ ...common, runtime, reports, view, network, settings, hostIP });
  const { findContainer, findPod, known } = pods;
  const streams = createStreamEndpoint({ ...remote, ...common, runtime, findContainer, findPod, known });
  client.onOpenStream((message) => void streams.open(message));
  const stopping = new AbortController();
  const running = Promise.all([client, pods, node].map((part) => part.run(stopping.signal)));
  const second: SecondNode = {
    name,
    stop: async () => {
      streams.close();
      stopping.abort();
      await running;
      const { sandboxes, containers } = await runtime.listPods();
      await Promise.all(containers.map(({ id }) => runtime.removeContainer(id)));
      await Promise.all(sandboxes.map(({ id }) => runtime.removeSandbox(id)));
      rmSync(memoryFolder(settings), { recursive: true, force: true });
    },
  };
  try {
    await cluster.ok(`wait node/${name} --for=create --timeout=120s`);
    await cluster.ok(`wait node/${name} --for=condition=Ready --timeout=120s`);
  } catch (error) {
    await second.stop();
    throw error;
  }
  return second;
};
