import Dockerode from 'dockerode';
import { expect, it } from 'vitest';
import { ManualClock, MemoryView, quietLog } from '../pods/fixtures.ts';
import { createNodeNetwork } from './node-network.ts';

const settings = {
  clusterUid: 'c',
  nodeName: 'n2',
  dir: '',
  server: '',
  serviceCIDR: '10.96.0.0/16',
  clusterDNS: '10.96.0.10',
  clusterDomain: 'cluster.local',
};

const nodeWith = (name: string, podCIDR: string) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: { podCIDR } });

it('leaves the network of another node alone, idle as it is, until that node is deleted', async () => {
  const view = new MemoryView();
  view.put('core/nodes', nodeWith('n1', '10.64.0.0/24'));
  view.put('core/nodes', nodeWith('n2', '10.64.1.0/24'));
  const docker = new Dockerode();
  let removed = 0;
  const network = {
    inspect: async () => ({ Labels: { 'kedge.dev/node': 'n1' }, IPAM: { Config: [{ Subnet: '10.64.0.0/24' }] } }),
    remove: async () => void removed++,
  };
  Object.assign(docker, { getNetwork: () => network, listContainers: async () => [], createNetwork: async () => ({}) });
  const stop = new AbortController();
  const said = new Set<string>();
  let waits = 0;
  const clock = Object.assign(new ManualClock(), {
    sleep: async () => {
      expect(removed).toBe(0);
      if (made.down) said.add(made.down);
      if (++waits === 6) view.remove('core/nodes', '', 'n1');
    },
  });
  const made = createNodeNetwork({ settings, view, docker, log: quietLog, run: async () => '', clock });
  const served = made.serve(stop.signal);
  await made.ready;
  expect([...said]).toEqual([expect.stringContaining('this Docker Engine is node n1 already: one engine is one node')]);
  expect([removed, made.down]).toEqual([1, undefined]);
  stop.abort();
  await served;
});

it('is down after some tries in vain, says why, and stands once what was in the way is gone', async () => {
  const clock = new ManualClock();
  const view = new MemoryView();
  view.put('core/nodes', nodeWith('n2', '10.64.1.0/24'));
  const docker = new Dockerode();
  let others = 2;
  let waits = 0;
  const network = { inspect: async () => ({ IPAM: { Config: [{ Subnet: others > 0 ? '10.64.0.0/24' : '10.64.1.0/24' }] } }) };
  Object.assign(docker, { getNetwork: () => network, listContainers: async () => Array.from({ length: others }, () => ({})) });
  const stop = new AbortController();
  const said: (string | undefined)[] = [];
  const made = createNodeNetwork({
    settings,
    view,
    docker,
    log: quietLog,
    run: async () => '',
    clock: Object.assign(clock, {
      sleep: async () => {
        said.push(made.down);
        if (++waits === 6) others = 0;
      },
    }),
  });
  const served = made.serve(stop.signal);
  expect(await made.ready).toMatchObject({ gateway: '10.64.1.1' });
  expect(said.slice(0, 6).map((text) => text?.slice(0, 43))).toEqual([
    ...Array.from({ length: 4 }, () => undefined),
    ...Array.from({ length: 2 }, () => '2 pods still have addresses of 10.64.0.0/24'),
  ]);
  expect(made.down).toBeUndefined();
  stop.abort();
  await served;
});
