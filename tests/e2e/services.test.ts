/** Services as pods and the host see them: the guestbook that stays available while it is scaled, DNS of every kind of Service, affinity, refusal, environment. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { waitFor } from '../harness/process.ts';
import { busyboxPod, guestbook, manifest, service } from './guestbook.ts';
import { get, startLoad, tally } from './requests.ts';

let cluster: TestCluster;
let urls: { clusterIP: string; nodePort: string; loopback: string };

const inPod = (pod: string, script: string) => cluster.ok(['exec', pod, '--', 'sh', '-c', script]);
const field = (object: string, path: string) => cluster.ok(['get', ...object.split('/'), '-o', `jsonpath={${path}}`]);
const replicasOf = async () => (await cluster.ok('get pods -l app=guestbook -o name')).trim().split('\n').filter(Boolean);

const readyReplicas = async (count: number) => {
  await waitFor(
    `${count} replicas`,
    async () => (await replicasOf()).length === count && (await field('deployment/guestbook', '.status.readyReplicas')) === String(count),
    { timeoutMs: 60_000, intervalMs: 100 },
  );
};

beforeAll(async () => {
  cluster = await startCluster({ name: 'svc' });
  await cluster.ok('create -f -', { input: guestbook });
  // Made after the Services, so that it has their variables.
  await cluster.ok('create -f -', { input: manifest(busyboxPod('client')) });
  for (const name of ['guestbook-backend', 'guestbook']) await cluster.ok(`rollout status deployment/${name} --timeout=90s`);
  await cluster.ok('wait pod/client --for=condition=Ready --timeout=60s');
  const hostIP = await field('pod/client', '.status.hostIP');
  const port = await field('service/guestbook', '.spec.ports[0].nodePort');
  urls = {
    clusterIP: `http://${await field('service/guestbook', '.spec.clusterIP')}`,
    nodePort: `http://${hostIP}:${port}`,
    loopback: `http://127.0.0.1:${port}`,
  };
});

afterAll(async () => {
  await cluster?.stop();
});

describe('the guestbook', () => {
  test('answers on the ClusterIP and the node port, from the host and from pods, and by name', async () => {
    for (const url of Object.values(urls)) expect(await get(url), url).toMatchObject({ status: 200, body: 'the guest book\n' });
    for (const url of [urls.clusterIP, urls.nodePort, 'http://guestbook', 'http://guestbook.default.svc.cluster.local'])
      expect(await inPod('client', `wget -qO- ${url}`), url).toBe('the guest book\n');
  });

  test('a replica reaches its own Service, itself included', async () => {
    const [replica] = await replicasOf();
    expect(await inPod(replica as string, `for i in 1 2 3 4 5 6; do wget -qO- ${urls.clusterIP} || exit 1; done | sort | uniq -c`)).toMatch(
      /^ *6 the guest book\n$/,
    );
  });

  test('spreads requests evenly', async () => {
    for (const url of [urls.clusterIP, urls.nodePort]) {
      const seen = await tally(url, 90);
      expect([...seen.values()], url).toHaveLength(3);
      for (const count of seen.values()) {
        expect(count).toBeGreaterThanOrEqual(28);
        expect(count).toBeLessThanOrEqual(32);
      }
    }
  });

  test('loses no request while it is scaled to one and to five, again and again', async () => {
    const pod = cluster.startKubectl([
      'exec',
      'client',
      '--',
      'sh',
      '-c',
      'n=0; while [ ! -e /tmp/stop ]; do wget -qO /dev/null http://guestbook || echo failed $n; n=$((n+1)); done; echo asked $n',
    ]);
    const load = startLoad(Object.values(urls), 4);
    try {
      let scalings = 0;
      for (; load.sent < 2_000 || scalings < 4; scalings++) {
        const count = scalings % 2 === 0 ? 1 : 5;
        await cluster.ok(`scale deployment/guestbook --replicas=${count}`);
        await readyReplicas(count);
      }
    } finally {
      await load.stop();
      await inPod('client', 'touch /tmp/stop');
    }
    const { stdout } = await pod.ended;
    expect(load.failures).toEqual([]);
    expect(load.sent).toBeGreaterThanOrEqual(2_000);
    expect(stdout).toMatch(/^asked [1-9]\d+\n$/);
  });
});
