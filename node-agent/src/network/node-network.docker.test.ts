/** The whole node network against a real engine and a real kernel: DNS, ClusterIP, NodePort, spreading, draining, refusal, and no trace afterwards. */
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Pod } from '#schema/core/pod.ts';
import type { KubeObject } from '#schema/resource.ts';
import type { ViewKey } from '#schema/sync/protocol.ts';
import type { ViewStore } from '../context.ts';
import { removeNodeNetwork } from './cleanup.ts';
import { CommandError, type RunCommand, runCommand } from './command.ts';
import { bridgeName, createNodeNetwork, networkName, tableName } from './node-network.ts';
import { createProxyApplier } from './proxy/apply.ts';

/** A machine that has iptables only. */
const withoutNft: RunCommand = (program, args, input) =>
  program === 'nft' ? Promise.reject(new CommandError('missing', 'nft: not found')) : runCommand(program, args, input);

describe.each([
  ['nftables', runCommand],
  ['iptables', withoutNft],
])('node network by %s', (kind, run) => {
  const clusterUid = randomUUID();
  // outside the ranges that clusters choose from
  const octet = 200 + Math.floor(Math.random() * 20);
  const podCIDR = `10.${octet}.7.0/24`;
  const serviceCIDR = `10.${octet + 30}.0.0/16`;
  const clusterIP = `10.${octet + 30}.0.50`;
  // no cluster beside this one gives it to a Service, and no kernel to a connection
  const nodePort = 27_000 + Math.floor(Math.random() * 1000);
  const docker = new Docker();
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

  const objects = new Map<ViewKey, KubeObject>();
  const listeners = new Set<(changed: ReadonlySet<ViewKey>) => void>();
  const view: ViewStore = {
    incarnation: 'test',
    revision: 1,
    complete: true,
    retained: [],
    get: (key) => objects.get(key) as never,
    list: (resource) => [...objects].filter(([key]) => key.startsWith(`${resource}/`)).map(([, object]) => object) as never,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const put = (key: ViewKey, object: KubeObject): void => {
    objects.set(key, object);
    for (const listener of listeners) listener(new Set([key]));
  };

  const labels = { 'kedge.dev/cluster': clusterUid };
  const startBackend = async (name: string): Promise<{ ip: string; name: string }> => {
    const container = await docker.createContainer({
      name: `${networkName(clusterUid)}-${name}`,
      Image: 'busybox:latest',
      Cmd: ['sh', '-c', `mkdir -p /www && echo ${name} > /www/index.html && exec httpd -f -p 8080 -h /www`],
      Labels: labels,
      HostConfig: { NetworkMode: networkName(clusterUid) },
    });
    await container.start();
    const { NetworkSettings } = await container.inspect();
    return { name, ip: NetworkSettings.Networks[networkName(clusterUid)]!.IPAddress };
  };

  const onNetwork = { NetworkMode: networkName(clusterUid), Dns: [`10.${octet + 30}.0.10`], DnsSearch: ['default.svc.cluster.local'] };

  const inPod = async (command: string[], host: Docker.HostConfig = onNetwork): Promise<string> => {
    const container = await docker.createContainer({
      Image: 'busybox:latest',
      Cmd: command,
      Labels: labels,
      Tty: true,
      HostConfig: host,
    });
    await container.start();
    await container.wait();
    return (await container.logs({ stdout: true, stderr: true })).toString();
  };

  /** A new connection each time. */
  const get = (host: string, port: number, timeout = 30_000): Promise<string> =>
    new Promise((resolve, reject) => {
      const call = request({ host, port, agent: false, timeout }, (response) => {
        let body = '';
        response.on('data', (chunk) => {
          body += chunk;
        });
        response.on('end', () => resolve(body.trim()));
      });
      call.on('error', reject);
      call.on('timeout', () => call.destroy(new Error('timed out')));
      call.end();
    });

  const tally = async (host: string, port: number, count: number): Promise<Record<string, number>> => {
    const seen: Record<string, number> = {};
    for (let i = 0; i < count; i++) {
      const body = await get(host, port);
      seen[body] = (seen[body] ?? 0) + 1;
    }
    return seen;
  };

  const slice = (backends: { ip: string }[]) =>
    put('discovery.k8s.io/endpointslices/default/web-1', {
      metadata: { name: 'web-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      endpoints: backends.map(({ ip }) => ({ addresses: [ip], conditions: { ready: true }, nodeName: 'n1' })),
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    });

  const abort = new AbortController();
  const network = createNodeNetwork({
    settings: {
      clusterUid,
      nodeName: 'n1',
      dir: '/nonexistent',
      server: 'https://127.0.0.1:1',
      serviceCIDR,
      clusterDNS: `10.${octet + 30}.0.10`,
      clusterDomain: 'cluster.local',
    },
    view,
    docker,
    run,
    // what is looked at every half minute is looked at twice a second
    clock: { now: () => 0, sleep: (ms, signal) => delay(Math.min(ms, 500), undefined, { signal }).catch(() => {}) },
    log: silent,
  });
  let serving: Promise<void>;
  let backends: { ip: string; name: string }[];

  beforeAll(async () => {
    serving = network.serve(abort.signal);
    put('core/nodes//n1', { metadata: { name: 'n1' }, spec: { podCIDR } });
    await network.ready;
    backends = [await startBackend('one'), await startBackend('two')];
    put('core/services/default/web', {
      metadata: { name: 'web', namespace: 'default' },
      spec: { type: 'NodePort', clusterIP, clusterIPs: [clusterIP], ports: [{ name: 'http', port: 80, nodePort, protocol: 'TCP' }] },
    });
    slice(backends);
    await network.settled();
    // a server listens some time after its container runs
    const answers =
      ({ ip, name }: (typeof backends)[number]) =>
      async () =>
        expect(await get(ip, 8080)).toBe(name);
    for (const backend of backends) await vi.waitFor(answers(backend), { timeout: 60_000, interval: 50 });
    await vi.waitFor(() => get(clusterIP, 80), { timeout: 60_000, interval: 50 });
  });

  afterAll(async () => {
    abort.abort();
    await serving;
    for (const { Id } of await docker.listContainers({ all: true, filters: { label: [`kedge.dev/cluster=${clusterUid}`] } })) {
      await docker.getContainer(Id).remove({ force: true });
    }
    await removeNodeNetwork(docker, { clusterUid, serviceCIDR }, run);
    expect(await runCommand('nft', ['list', 'tables'])).not.toContain(tableName(clusterUid));
    expect(await runCommand('iptables-save', [])).not.toMatch(new RegExp(tableName(clusterUid).replace('kedge_', '(kedge_|KEDGE-)')));
    expect(await docker.listNetworks({ filters: { label: [`kedge.dev/cluster=${clusterUid}`] } })).toEqual([]);
  });

  it('uses the tool it found', async () => {
    const rules = kind === 'nftables' ? await runCommand('nft', ['list', 'tables']) : await runCommand('iptables-save', []);
    expect(rules).toContain(tableName(clusterUid).replace('kedge_', kind === 'nftables' ? 'kedge_' : 'KEDGE-'));
  });

  it('says only that the API is not there: no certificate was given', () =>
    expect(network.problems).toEqual(['pods cannot reach the API: this node has no serving certificate']));

  it('spreads new connections evenly over cluster IP and node port, from the host', async () => {
    expect(await tally(clusterIP, 80, 20)).toEqual({ one: 10, two: 10 });
    expect(await tally('127.0.0.1', nodePort, 20)).toEqual({ one: 10, two: 10 });
  });

  it('leads pods to the service by name, also a pod to itself', async () => {
    await expect.poll(() => inPod(['wget', '-qO-', 'http://web/']), { timeout: 60_000 }).toMatch(/one|two/);
    const loop = `for i in 1 2 3 4; do wget -qO- http://${clusterIP}/; done`;
    const text = await inPod(['sh', '-c', loop], { NetworkMode: `container:${networkName(clusterUid)}-one` });
    expect({ one: text.match(/one/g)?.length, two: text.match(/two/g)?.length, text }).toMatchObject({ one: 2, two: 2 });
  });

  it('puts its rules back when another program has thrown them away', async () => {
    const rules = { table: tableName(clusterUid), serviceCIDR, podCIDR, bridge: bridgeName(clusterUid) };
    // a connection that met half of the rules gets no answer, and would get none later
    const once = () => get('127.0.0.1', nodePort, 2_000).catch(() => 'refused');
    const comesBack = () => expect.poll(once, { timeout: 60_000 }).toMatch(/one|two/);
    await (await createProxyApplier(run, rules)).remove();
    await comesBack();
    if (kind === 'nftables') return;
    // only what its chains hold, as when somebody else's removal is overtaken
    const chains = (await runCommand('iptables-save', ['-t', 'nat'])).match(/^:KEDGE-\S+/gm)!.map((line) => line.slice(1));
    const own = chains.filter((chain) => chain.startsWith(rules.table.replace('kedge_', 'KEDGE-').slice(0, 14)));
    expect(own).toHaveLength(2);
    for (const chain of own) await runCommand('iptables', ['-w', '-t', 'nat', '-F', chain]);
    await comesBack();
  });

  it('takes a draining pod out at once', async () => {
    await network.drain({ metadata: { uid: 'pod-one' }, status: { podIP: backends[0]!.ip } } as Pod);
    expect(await tally(clusterIP, 80, 6)).toEqual({ two: 6 });
  });

  it('refuses connections to a service nothing stands behind', async () => {
    slice([]);
    await network.settled();
    await expect
      .poll(() => get(clusterIP, 80).catch((error: NodeJS.ErrnoException) => error.code), { timeout: 60_000 })
      .toBe('ECONNREFUSED');
  });
});
