import Dockerode from 'dockerode';
import { expect, it } from 'vitest';
import { ManualClock, MemoryView, quietLog } from '../pods/fixtures.ts';
import { createNodeNetwork } from './node-network.ts';

it('is down after some tries in vain, says why, and stands once what was in the way is gone', async () => {
  const clock = new ManualClock();
  const view = new MemoryView();
  view.put('core/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n2' }, spec: { podCIDR: '10.64.1.0/24' } });
  const docker = new Dockerode();
  let others = 2;
  let waits = 0;
  const network = { inspect: async () => ({ IPAM: { Config: [{ Subnet: others > 0 ? '10.64.0.0/24' : '10.64.1.0/24' }] } }) };
  Object.assign(docker, { getNetwork: () => network, listContainers: async () => Array.from({ length: others }, () => ({})) });
  const stop = new AbortController();
  const said: (string | undefined)[] = [];
  const made = createNodeNetwork({
    settings: {
      clusterUid: 'c',
      nodeName: 'n2',
      dir: '',
      server: '',
      serviceCIDR: '10.96.0.0/16',
      clusterDNS: '10.96.0.10',
      clusterDomain: 'cluster.local',
    },
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
