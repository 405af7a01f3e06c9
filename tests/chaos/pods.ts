/** Small pods for the drills, and what the engine has of them. */
import type { TestCluster } from '../harness/cluster.ts';

export const sleepContainer = (name = 'sleep') => ({
  name,
  image: 'busybox:latest',
  imagePullPolicy: 'IfNotPresent',
  command: ['sleep', '100000'],
});

export const sleepPod = (name: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: name } },
  spec: { terminationGracePeriodSeconds: 1, containers: [sleepContainer()], ...more },
});

export const sleepDeployment = (name: string, replicas: number, spec: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { terminationGracePeriodSeconds: 0, containers: [sleepContainer()] } },
    ...spec,
  },
});

export const manifest = (...items: object[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

/** Names of this cluster's containers (sandboxes too) that run, for one pod or for all. */
export const running = async (cluster: TestCluster, podUid?: string): Promise<string[]> =>
  (await cluster.containers())
    .filter(({ State, Labels }) => State === 'running' && (podUid === undefined || Labels['kedge.dev/pod-uid'] === podUid))
    .map(({ Id }) => Id)
    .sort();

export const uidOf = (cluster: TestCluster, pod: string): Promise<string> =>
  cluster.ok(['get', 'pod', pod, '-o', 'jsonpath={.metadata.uid}']);

export const createAndWait = async (cluster: TestCluster, ...pods: { metadata: { name: string } }[]): Promise<void> => {
  await cluster.ok('create -f -', { input: manifest(...pods) });
  try {
    await cluster.ok(['wait', ...pods.map(({ metadata }) => `pod/${metadata.name}`), '--for=condition=Ready', '--timeout=120s']);
  } catch (error) {
    const [{ stdout: found }, { stdout: events }] = await Promise.all([cluster.kubectl('get pods -o wide'), cluster.kubectl('get events')]);
    throw new Error(`${(error as Error).message}\n${found}\n${events}\n${cluster.logs().slice(-8_000)}`);
  }
};
