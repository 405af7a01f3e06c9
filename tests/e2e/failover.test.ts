/**
 * Failover without a person. The first node is a real agent on the engine, behind a line that can be cut; the second is an agent whose runtime is in memory, as
 * two agents of one cluster cannot share an engine. Everything else is what a person runs.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureToken, nodeIdentity, tokenEntry } from '#infra/cluster/tokens.ts';
import { createSyncClient } from '#node-agent/client/sync-client.ts';
import { createNodeReporter } from '#node-agent/node/reporter.ts';
import { createPodController } from '#node-agent/pods/controller.ts';
import { noNetwork, quietLog, systemClock } from '#node-agent/pods/fixtures.ts';
import { MemoryRuntime } from '#node-agent/runtime/memory/memory-runtime.ts';
import { memoryFolder } from '#node-agent/volumes/pod-volumes.ts';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { waitFor } from '../harness/process.ts';

/** Passes connections on to a port of this machine until it is cut. */
class Line {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  isCut = false;
  constructor(port: number) {
    this.#server = createServer((near) => {
      if (this.isCut) return void near.destroy();
      const far = connect(port, '127.0.0.1');
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(one);
        one.on('error', () => other.destroy());
        one.on('close', () => {
          this.#sockets.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    });
  }
  listen(): Promise<number> {
    return new Promise((resolve) => {
      this.#server.listen(0, '127.0.0.1', () => resolve((this.#server.address() as { port: number }).port));
    });
  }
  cut(): void {
    this.isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }
  close(): void {
    this.cut();
    this.#server.close();
  }
}

let cluster: TestCluster;
let line: Line;
let second: { stop(): Promise<void> } | undefined;

const changeJson = (path: string, change: (value: any) => void): void => {
  const value = JSON.parse(readFileSync(path, 'utf8'));
  change(value);
  writeFileSync(path, JSON.stringify(value));
};

/** An agent of this process, with containers that only exist in memory. */
const startSecond = (token: string): { stop(): Promise<void> } => {
  const { clusterUid, serviceCIDR } = cluster.identity;
  const dir = join(cluster.folder.root, 'second');
  const stop = new AbortController();
  const settings = {
    clusterUid,
    nodeName: 'second',
    dir,
    server: cluster.url,
    serviceCIDR,
    clusterDNS: '',
    clusterDomain: 'cluster.local',
  };
  const common = { clock: systemClock, log: quietLog, settings };
  const ca = readFileSync(join(cluster.folder.pki, 'ca.crt'), 'utf8');
  const client = createSyncClient({
    ...{
      server: cluster.url,
      ca,
      token: () => token,
      clusterUid,
      nodeName: 'second',
      dir,
      version: 'test',
      clock: systemClock,
      log: quietLog,
    },
    random: Math.random,
  });
  const { view, reports, api } = client;
  const runtime = new MemoryRuntime({ clock: systemClock, clusterUid, images: ['busybox:latest'] });
  const network = noNetwork();
  const hostIP = '127.0.0.2';
  const pods = createPodController({ ...common, runtime, view, reports, network, api, hostIP });
  const node = createNodeReporter({ ...common, runtime, reports, view, network, hostIP });
  const running = Promise.all([client.run(stop.signal), pods.run(stop.signal), node.run(stop.signal)]);
  return {
    stop: async () => {
      stop.abort();
      await running;
      // `stop` of the cluster knows of the first node alone
      rmSync(memoryFolder(settings), { recursive: true, force: true });
    },
  };
};

beforeAll(async () => {
  cluster = await startCluster({ name: 'failover', withoutAgent: true });
  const { tokenHmacKey } = JSON.parse(readFileSync(cluster.folder.keys, 'utf8'));
  const token = await ensureToken(undefined, tokenHmacKey);
  const entry = await tokenEntry(token, nodeIdentity('second'));
  line = new Line(cluster.identity.port);
  const port = await line.listen();
  await cluster.stopControlPlane();
  changeJson(cluster.folder.controlPlaneConfig, (config) => config.bootstrapTokens.push(entry));
  changeJson(cluster.folder.agentConfig, (config) => {
    config.server = `https://127.0.0.1:${port}`;
  });
  await cluster.startControlPlane();
  await cluster.startAgent();
  await cluster.waitNodeReady();
  await cluster.ok('apply -f -', {
    input: JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [set('db', asked), set('plain', {}), set('late', askedLater), withClaim(set('data', asked))],
    }),
  });
  for (const name of ['db', 'plain', 'late', 'data']) await cluster.ok(`rollout status statefulset/${name} --timeout=120s`);
  second = startSecond(token);
  await cluster.ok('wait node/second --for=create --timeout=120s');
  await cluster.ok('wait node/second --for=condition=Ready --timeout=120s');
});

afterAll(async () => {
  line?.close();
  await second?.stop();
  await cluster?.stop();
});

const asked = { 'kedge.dev/failover': 'true', 'kedge.dev/failover-after': '30s' };
const askedLater = { ...asked, 'kedge.dev/failover-after': '120s' };
const set = (name: string, annotations: object) => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name },
  spec: {
    serviceName: name,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name }, annotations },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [{ name: 'c', image: 'busybox:latest', imagePullPolicy: 'IfNotPresent', command: ['sleep', '100000'] }],
      },
    },
  },
});

/** Each start of its container writes a line to a volume of its own. */
const withClaim = ({ spec, ...object }: ReturnType<typeof set>) => {
  const { template } = spec;
  const [container] = template.spec.containers;
  const command = ['sh', '-c', 'echo started >> /data/log; exec sleep 100000'];
  const containers = [{ ...container, command, volumeMounts: [{ name: 'disk', mountPath: '/data' }] }];
  const volumeClaimTemplates = [
    { metadata: { name: 'disk' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } } },
  ];
  return { ...object, spec: { ...spec, volumeClaimTemplates, template: { ...template, spec: { ...template.spec, containers } } } };
};

const podOf = async (name: string) => JSON.parse(await cluster.ok(`get pod ${name} -o json`));
/** The pod's own container on the engine. */
const containerOf = async (uid: string) => {
  const found = (await cluster.containers()).find(
    ({ Labels }) => Labels['kedge.dev/pod-uid'] === uid && Labels['kedge.dev/role'] === 'container',
  );
  return found && cluster.docker.getContainer(found.Id).inspect();
};

it('a pod of a node that is cut off is stopped there, and only then runs elsewhere; one that did not ask stays', async () => {
  const db = await podOf('db-0');
  const plain = await podOf('plain-0');
  expect(db.spec.nodeName).toBe(cluster.nodeName);
  expect(db.status.conditions.find(({ type }: any) => type === 'kedge.dev/Failover')).toMatchObject({
    status: 'True',
    message: expect.stringContaining('The node stops this pod when it cannot reach the control plane for 30s (grace 1s)'),
  });
  expect((await containerOf(db.metadata.uid))?.State.Running).toBe(true);
  const data = await podOf('data-0');
  const plainContainer = await containerOf(plain.metadata.uid);

  line.cut();
  const stopped = await waitFor('the node to stop its pod', async () => {
    const found = await containerOf(db.metadata.uid);
    return found?.State.Running === false ? found : undefined;
  });

  const next = await waitFor('the replacement', async () => {
    const pod = await podOf('db-0');
    return pod.metadata.uid !== db.metadata.uid && pod.status.phase === 'Running' && pod;
  });
  expect(next.spec.nodeName).toBe('second');
  expect(Date.parse(next.metadata.creationTimestamp)).toBeGreaterThan(Date.parse(stopped.State.FinishedAt));
  const told = async (pod: string, words: RegExp) =>
    waitFor(`${words} of ${pod}`, async () =>
      words.test(await cluster.ok(`get events --field-selector involvedObject.name=${pod} -o custom-columns=R:.reason,M:.message`)),
    );
  // what is due when the control plane looks goes at once, without announcement
  await told('late-0', /FailoverPending +Node \S+ was last heard at \S+ It stops this pod by itself; at \S+ it is removed and replaced/);
  await told('db-0', /Failover +Node \S+ is lost; it has stopped this pod by itself/);
  // whose volume is a directory of the lost node has nowhere to go
  expect((await podOf('data-0')).metadata.uid).toBe(data.metadata.uid);
  await told('data-0', /FailoverNotPossible .*its claim disk-data-0 is a directory of that node/);

  expect((await podOf('plain-0')).metadata.uid).toBe(plain.metadata.uid);
  expect((await containerOf(plain.metadata.uid))?.Id).toBe(plainContainer?.Id);

  line.isCut = false;
  await waitFor('the node to be back', async () => (await containerOf(db.metadata.uid)) === undefined);
  await cluster.waitNodeReady();
  expect((await podOf('db-0')).metadata.uid).toBe(next.metadata.uid);
  expect((await containerOf(plain.metadata.uid))?.State.StartedAt).toBe(plainContainer?.State.StartedAt);

  const again = await waitFor('the pod whose data is on the node', async () => {
    const pod = await podOf('data-0');
    const ready = pod.status.conditions?.some(({ type, status }: any) => type === 'Ready' && status === 'True');
    return pod.metadata.uid !== data.metadata.uid && ready ? pod : undefined;
  });
  expect(again.spec.nodeName).toBe(cluster.nodeName);
  await waitFor('two starts', async () => (await cluster.ok('exec data-0 -- cat /data/log')) === 'started\nstarted\n');
});
