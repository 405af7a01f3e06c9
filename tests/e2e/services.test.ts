/** Services as pods and the host see them: the guestbook that stays available while it is scaled, DNS of every kind of Service, affinity, refusal, environment. */
import { Resolver } from 'node:dns/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { waitFor } from '../harness/process.ts';
import { busyboxPod, guestbook, manifest, service } from './guestbook.ts';
import { get, startLoad, tally } from './requests.ts';

let cluster: TestCluster;
let urls: { clusterIP: string; nodePort: string; loopback: string };

const inPod = (pod: string, script: string) => cluster.ok(['exec', pod, '--', 'sh', '-c', script]);
const field = (object: string, path: string) => cluster.ok(['get', ...object.split('/'), '-o', `jsonpath={${path}}`]);
const replicasOf = async () => (await cluster.ok('get pods -l app=guestbook -o name')).trim().split('\n').filter(Boolean);

const http = { name: 'http', port: 80, targetPort: 'http' };

/** Serves, but is not Ready. */
const unready = busyboxPod('unready', {
  containers: [
    {
      name: 'busybox',
      image: 'busybox:latest',
      imagePullPolicy: 'IfNotPresent',
      command: ['sh', '-c', 'mkdir /www && echo here > /www/index.html && exec httpd -f -p 80 -h /www'],
      readinessProbe: { exec: { command: ['false'] }, periodSeconds: 1 },
    },
  ],
});

const others = [
  service('all', { clusterIP: 'None', selector: { app: 'guestbook' }, ports: [http] }),
  service('band', { clusterIP: 'None', selector: { app: 'named' }, ports: [{ name: 'tune', port: 7000 }] }),
  service('sticky', { sessionAffinity: 'ClientIP', selector: { app: 'guestbook' }, ports: [http] }),
  service('elsewhere', { type: 'ExternalName', externalName: 'guestbook.default.svc.cluster.local' }),
  service('unready', { type: 'NodePort', selector: { app: 'unready' }, ports: [{ port: 80 }] }),
];

/** Asked of the API: a kubectl each time keeps a small machine busy. */
const readyReplicas = async (count: number) => {
  const read = async (path: string): Promise<any> => (await cluster.fetch(path)).json();
  await waitFor(`${count} replicas`, async () => {
    const { items } = await read('/api/v1/namespaces/default/pods?labelSelector=app%3Dguestbook');
    const { status } = await read('/apis/apps/v1/namespaces/default/deployments/guestbook');
    return items.length === count && status.readyReplicas === count;
  });
};

beforeAll(async () => {
  cluster = await startCluster({ name: 'svc' });
  await cluster.ok('create -f -', { input: guestbook });
  // Made after the Services, so that it has their variables.
  await cluster.ok('create -f -', {
    input: manifest(busyboxPod('client'), busyboxPod('named', { hostname: 'one', subdomain: 'band' }), unready, ...others),
  });
  for (const name of ['guestbook-backend', 'guestbook']) await cluster.ok(`rollout status deployment/${name} --timeout=120s`);
  await cluster.ok('wait pod/client pod/named --for=condition=Ready --timeout=120s');
  const hostIP = await field('pod/client', '.status.hostIP');
  const port = await field('service/guestbook', '.spec.ports[0].nodePort');
  urls = {
    clusterIP: `http://${await field('service/guestbook', '.spec.clusterIP')}`,
    nodePort: `http://${hostIP}:${port}`,
    loopback: `http://127.0.0.1:${port}`,
  };
  // Ready in the API comes first; rules and DNS of the node follow
  for (const url of Object.values(urls)) {
    await waitFor(`all replicas behind ${url}`, async () => {
      const replies = await Promise.all(Array.from({ length: 6 }, () => get(url)));
      return replies.every(({ body }) => body === 'the guest book\n') && new Set(replies.map(({ replica }) => replica)).size === 3;
    });
  }
  await waitFor('the name of the Service', async () => (await inPod('client', 'wget -qO- http://guestbook')) === 'the guest book\n');
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
      'n=0; while [ ! -e /tmp/stop ] || [ $n -lt 10 ]; do wget -qO /dev/null http://guestbook || echo failed $n; n=$((n+1)); done; echo asked $n',
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
    expect(load.failures.slice(0, 20)).toEqual([]);
    expect(load.sent).toBeGreaterThanOrEqual(2_000);
    expect(stdout).toMatch(/^asked [1-9]\d+\n$/);
  });
});

describe('cluster DNS', () => {
  const resolver = new Resolver({ timeout: 10_000, tries: 4 });
  const svc = (name: string) => `${name}.default.svc.cluster.local`;
  const addressesOf = async (label: string) =>
    (await cluster.ok(['get', 'pods', '-l', label, '-o', 'jsonpath={.items[*].status.podIP}'])).split(' ').sort();

  beforeAll(async () => {
    await readyReplicas((await replicasOf()).length);
    const found = /^nameserver (\S+)$/m.exec(await inPod('client', 'cat /etc/resolv.conf'));
    resolver.setServers([found?.[1] as string]);
  });

  test('knows a Service by its ClusterIP, its ports and its address', async () => {
    const ip = urls.clusterIP.slice('http://'.length);
    expect(await resolver.resolve4(svc('guestbook'))).toEqual([ip]);
    expect(await resolver.reverse(ip)).toEqual([svc('guestbook')]);
    expect(await resolver.resolveSrv(`_http._tcp.${svc('guestbook')}`)).toMatchObject([{ name: svc('guestbook'), port: 80 }]);
  });

  test('knows a headless Service by its ready pods', async () => {
    const addresses = await addressesOf('app=guestbook');
    // the replicas have just been scaled
    await vi.waitFor(async () => expect((await resolver.resolve4(svc('all'))).sort()).toEqual(addresses), {
      timeout: 90_000,
      interval: 200,
    });
    const records = await resolver.resolveSrv(`_http._tcp.${svc('all')}`);
    expect(records.map(({ port }) => port)).toEqual(addresses.map(() => 80));
    const targets = await Promise.all(records.map(({ name }) => resolver.resolve4(name)));
    expect(targets.flat().sort()).toEqual(addresses);
    expect((await inPod('client', 'nslookup all.default.svc.cluster.local | tail -n +4')).match(/[\d.]{7,}/g)?.sort()).toEqual(addresses);
  });

  test('knows a pod with a hostname below its Service', async () => {
    const [ip] = await addressesOf('app=named');
    await vi.waitFor(async () => expect(await resolver.resolve4(`one.${svc('band')}`)).toEqual([ip]), { timeout: 90_000, interval: 200 });
    expect(await resolver.resolveSrv(`_tune._tcp.${svc('band')}`)).toMatchObject([{ name: `one.${svc('band')}`, port: 7000 }]);
    expect(await inPod('named', 'hostname -f')).toBe(`one.${svc('band')}\n`);
  });

  test('leads an ExternalName to its other name', async () => {
    expect(await resolver.resolveCname(svc('elsewhere'))).toEqual([svc('guestbook')]);
    expect(await inPod('client', 'wget -qO- http://elsewhere')).toBe('the guest book\n');
  });

  test('says that a name does not exist, and of which only the other type exists', async () => {
    await expect(resolver.resolve4(svc('nobody'))).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await expect(resolver.resolve6(svc('guestbook'))).rejects.toMatchObject({ code: 'ENODATA' });
  });
});

describe('a Service', () => {
  test('with ClientIP affinity keeps each client at one pod', async () => {
    const sticky = `http://${await field('service/sticky', '.spec.clusterIP')}`;
    await readyReplicas((await replicasOf()).length);
    expect([...(await tally(sticky, 20)).values()]).toEqual([20]);
  });

  test('without ready endpoints refuses, though its pod would answer', async () => {
    const [clusterIP, port, podIP] = await Promise.all([
      field('service/unready', '.spec.clusterIP'),
      field('service/unready', '.spec.ports[0].nodePort'),
      waitFor('the address of the pod', () => field('pod/unready', '.status.podIP')),
    ]);
    await waitFor('the server in the pod', async () => (await get(`http://${podIP}`)).body === 'here\n');
    // a refusal, which comes at once, and no silence
    for (const url of [`http://${clusterIP}`, `http://127.0.0.1:${port}`])
      await expect(get(url), url).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(await inPod('client', 'wget -qO- http://unready 2>&1 || true')).toMatch(/Connection refused/);
  });

  test('stands in the environment of pods made after it', async () => {
    const ip = urls.clusterIP.slice('http://'.length);
    const lines = (await inPod('client', 'env')).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        `GUESTBOOK_SERVICE_HOST=${ip}`,
        'GUESTBOOK_SERVICE_PORT=80',
        'GUESTBOOK_SERVICE_PORT_HTTP=80',
        `GUESTBOOK_PORT=tcp://${ip}:80`,
        `GUESTBOOK_PORT_80_TCP_ADDR=${ip}`,
        'KUBERNETES_SERVICE_PORT_HTTPS=443',
      ]),
    );
    expect(lines.filter((line) => /^(ALL|BAND)_/.test(line))).toEqual([]);
  });
});
