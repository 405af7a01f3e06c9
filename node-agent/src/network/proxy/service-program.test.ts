import { describe, expect, it } from 'vitest';
import fc from '#fast-check';
import type { Service } from '#schema/core/service.ts';
import type { EndpointSlice } from '#schema/discovery/endpoint-slice.ts';
import { renderIptables } from './render-iptables.ts';
import { nftNames, renderNft } from './render-nft.ts';
import { planServices } from './service-program.ts';

const web = (spec: Partial<Service['spec']> = {}): Service => ({
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    clusterIP: '10.128.0.5',
    clusterIPs: ['10.128.0.5'],
    ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
    ...spec,
  },
});

const slice = (endpoints: EndpointSlice['endpoints'], name = 'web-1'): EndpointSlice => ({
  metadata: { name, namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
  addressType: 'IPv4',
  endpoints,
  ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
});

const endpoint = (
  ip: string,
  conditions: { ready?: boolean; serving?: boolean; terminating?: boolean } = { ready: true },
  nodeName = 'n1',
) => ({
  addresses: [ip],
  conditions,
  nodeName,
});

const plan = (services: Service[], slices: EndpointSlice[], draining: string[] = []) =>
  planServices({ services, slices, local: [], nodeName: 'n1', draining: new Set(draining) });

const options = { table: 'kedge_test', serviceCIDR: '10.128.0.0/16', podCIDR: '10.64.0.0/24', bridge: 'kg-test' };
const nothing = { chains: new Set<string>(), sets: new Set<string>() };

describe('planServices', () => {
  it('takes ready endpoints only', () => {
    const { ports } = plan([web()], [slice([endpoint('10.64.0.3'), endpoint('10.64.0.2'), endpoint('10.64.0.4', { ready: false })])]);
    expect(ports[0]?.backends).toEqual([
      { ip: '10.64.0.2', port: 8080 },
      { ip: '10.64.0.3', port: 8080 },
    ]);
  });

  it('falls back to endpoints that serve while terminating when none is ready', () => {
    const { ports } = plan(
      [web()],
      [slice([endpoint('10.64.0.2', { ready: false, serving: true, terminating: true }), endpoint('10.64.0.3', { ready: false })])],
    );
    expect(ports[0]?.backends).toEqual([{ ip: '10.64.0.2', port: 8080 }]);
  });

  it('follows hints for its node, then for its zone, when every ready endpoint has some', () => {
    const hints = (zone: string, node?: string) => ({ forZones: [{ name: zone }], ...(node ? { forNodes: [{ name: node }] } : {}) });
    const backends = (endpoints: EndpointSlice['endpoints'], zone?: string) =>
      planServices({ services: [web()], slices: [slice(endpoints)], local: [], nodeName: 'n1', zone, draining: new Set() }).ports[0]
        ?.backends;
    const a = { ...endpoint('10.64.0.2'), hints: hints('a', 'n1') };
    const b = { ...endpoint('10.64.0.3'), hints: hints('a', 'n2') };
    const c = { ...endpoint('10.64.0.4'), hints: hints('b') };
    const [A, B, C] = ['10.64.0.2', '10.64.0.3', '10.64.0.4'].map((ip) => ({ ip, port: 8080 }));
    expect(backends([a, b], 'a')).toEqual([A]);
    expect(backends([a, b, c], 'a')).toEqual([A, B]);
    expect(backends([a, b, c], 'b')).toEqual([C]);
    expect(backends([a, b, c], 'z')).toEqual([A, B, C]);
    expect(backends([b, c])).toEqual([B, C]);
    expect(backends([b, endpoint('10.64.0.4')], 'a')).toEqual([B, C]);
    expect(backends([b, endpoint('10.64.0.4', { ready: false })], 'a')).toEqual([B]);
  });

  it('leaves out a draining pod whatever the slices say', () => {
    const { ports } = plan([web()], [slice([endpoint('10.64.0.2'), endpoint('10.64.0.3')])], ['10.64.0.2']);
    expect(ports[0]?.backends).toEqual([{ ip: '10.64.0.3', port: 8080 }]);
  });

  it('keeps to this node for Local policies', () => {
    const service = web({
      type: 'NodePort',
      externalTrafficPolicy: 'Local',
      ports: [{ name: 'http', port: 80, nodePort: 30080, protocol: 'TCP' }],
    });
    const { ports } = plan([service], [slice([endpoint('10.64.0.2'), endpoint('10.64.1.2', { ready: true }, 'n2')])]);
    expect(ports[0]?.backends).toHaveLength(2);
    expect(ports[0]?.externalBackends).toEqual([{ ip: '10.64.0.2', port: 8080 }]);
  });

  it('ignores headless and ExternalName services', () => {
    expect(
      plan([web({ clusterIP: 'None', clusterIPs: ['None'] }), web({ type: 'ExternalName', externalName: 'x.test' })], []).ports,
    ).toEqual([]);
  });

  it('does not depend on the order of its input', () => {
    const services = ['a', 'b', 'c', 'd'].map((name, i) => ({
      ...web({ clusterIP: `10.128.0.${i + 1}`, clusterIPs: [`10.128.0.${i + 1}`] }),
      metadata: { name, namespace: 'default' },
    }));
    const slices = [slice([endpoint('10.64.0.2')], 's1'), slice([endpoint('10.64.0.3')], 's2')];
    const expected = plan(services, slices);
    fc.assert(
      fc.property(fc.shuffledSubarray(services, { minLength: 4 }), fc.shuffledSubarray(slices, { minLength: 2 }), (s, e) => {
        expect(plan(s, e)).toEqual(expected);
      }),
    );
  });
});

describe('rendering', () => {
  const program = plan(
    [web({ type: 'NodePort', sessionAffinity: 'ClientIP', ports: [{ name: 'http', port: 80, nodePort: 30080, protocol: 'TCP' }] })],
    [slice([endpoint('10.64.0.2'), endpoint('10.64.0.3')])],
  );

  it('names every chain and set it uses and deletes only stale ones', () => {
    const stale = { chains: new Set(['svc_old', ...nftNames(program).chains]), sets: new Set(['aff_old']) };
    const text = renderNft(program, options, stale);
    expect(text).toContain('delete chain ip kedge_test svc_old');
    expect(text).toContain('delete set ip kedge_test aff_old');
    expect(text.match(/delete chain/g)).toHaveLength(1);
    for (const name of nftNames(program).chains) expect(text).toContain(`add chain ip kedge_test ${name}`);
  });

  it('spreads over all backends and maps cluster IP and node port', () => {
    const text = renderNft(
      plan(
        [web({ ports: [{ name: 'http', port: 80, nodePort: 30080, protocol: 'TCP' }] })],
        [slice([endpoint('10.64.0.2'), endpoint('10.64.0.3')])],
      ),
      options,
      nothing,
    );
    expect(text).toContain('dnat to numgen inc mod 2 map { 0 : 10.64.0.2 . 8080, 1 : 10.64.0.3 . 8080 }');
    expect(text).toMatch(/add element ip kedge_test services \{ 10\.128\.0\.5 \. tcp \. 80 : goto svc_/);
    expect(text).toMatch(/add element ip kedge_test node_ports \{ tcp \. 30080 : goto svc_/);
  });

  it('takes no character from a name that nftables would read', () => {
    const hostile = planServices({
      services: [],
      slices: [],
      nodeName: 'n',
      draining: new Set(),
      local: [{ id: 'x"; drop } \n', protocol: 'tcp', address: '10.128.0.1', port: 443, backend: { ip: '10.64.0.1', port: 1 } }],
    });
    expect(renderNft(hostile, options, nothing)).not.toContain('"');
  });

  it('gives every backend the same share with iptables', () => {
    const text = renderIptables(program, { prefix: 'KEDGE-TEST', bridge: 'kg-test', serviceCIDR: '10.128.0.0/16' });
    expect(text).toContain('--mode nth --every 2 --packet 0');
    expect(text.split('\n').filter((line) => line.includes('-d 10.128.0.5/32') && line.includes('--set'))).toHaveLength(2);
  });
});
