import { describe, expect, it } from 'vitest';
import { accept, row } from '../conformance/accept.ts';
import { type Service, services } from './service.ts';

const metadata = { name: 'web', namespace: 'default', creationTimestamp: '2024-05-01T11:59:00Z' };
const NOW = Date.parse('2024-05-01T12:00:00Z');
const service = (spec: object, old?: Service) => accept<Service>(services, { metadata, spec }, old);
const http = { ports: [{ port: 80 }] };

describe('defaults of a service', () => {
  it('fill the smallest service', () => {
    const { object, errors } = service(http);
    expect(errors).toEqual([]);
    expect(object.spec).toEqual({
      type: 'ClusterIP',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    });
    expect(object.status).toEqual({ loadBalancer: {} });
  });

  it('depend on the type', () => {
    expect(service({ ...http, type: 'NodePort' }).object.spec).toMatchObject({ externalTrafficPolicy: 'Cluster' });
    expect(service({ ...http, type: 'LoadBalancer' }).object.spec).toMatchObject({ allocateLoadBalancerNodePorts: true });
    const external = service({ type: 'ExternalName', externalName: 'example.com' });
    expect(external.errors).toEqual([]);
    expect(external.object.spec).not.toHaveProperty('internalTrafficPolicy');
  });

  it('fill the affinity of clients', () => {
    const { spec } = service({ ...http, sessionAffinity: 'ClientIP' }).object;
    expect(spec.sessionAffinityConfig).toEqual({ clientIP: { timeoutSeconds: 10800 } });
  });
});

describe('validation of a service', () => {
  it.each<[string, object, string[]]>([
    ['no ports', {}, ['spec.ports: Required value']],
    [
      'unnamed ports',
      { ports: [{ port: 80 }, { port: 81 }] },
      ['spec.ports[0].name: Required value', 'spec.ports[1].name: Required value'],
    ],
    [
      'a port out of range',
      { ports: [{ port: 70000 }] },
      [
        'spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive',
        'spec.ports[0].targetPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
      ],
    ],
    [
      'an unknown type',
      { ...http, type: 'Magic' },
      ['spec.type: Unsupported value: "Magic": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"'],
    ],
    [
      'a node port of a ClusterIP service',
      { ports: [{ port: 80, nodePort: 30080 }] },
      ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
    ],
    [
      'a headless node port service',
      { ...http, type: 'NodePort', clusterIP: 'None' },
      ['spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for NodePort services'],
    ],
    ['an external name that is missing', { type: 'ExternalName' }, ['spec.externalName: Required value']],
    [
      'an external name with an address',
      { type: 'ExternalName', externalName: 'a.b', clusterIP: '10.0.0.1' },
      ['spec.clusterIPs: Forbidden: may not be set for ExternalName services'],
    ],
    [
      'a traffic policy that does not apply',
      { ...http, externalTrafficPolicy: 'Local' },
      ['spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services'],
    ],
    [
      'affinity for too long',
      { ...http, sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 90000 } } },
      ['spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 90000: must be greater than 0 and less than 86400'],
    ],
  ])('refuses %s', (_, spec, expected) => {
    expect(service(spec).errors).toEqual(expected);
  });

  it('refuses an address that is none', () => {
    expect(service({ ...http, clusterIP: '10.0.0.999' }).errors).toEqual([
      expect.stringMatching(/^spec\.clusterIPs\[0\]: Invalid value: "10\.0\.0\.999": must be a valid IP address/),
    ]);
  });

  it('keeps the first address for good', () => {
    const old = service({ ...http, clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'] }).object;
    expect(service({ ...http, clusterIP: '10.0.0.2', clusterIPs: ['10.0.0.2'] }, old).errors).toEqual([
      'spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set',
    ]);
  });

  it('drops what the new type does not use', () => {
    const old = service({ ...http, type: 'LoadBalancer' }).object;
    const { object, errors } = service({ ...old.spec, type: 'ClusterIP' }, old);
    expect(errors).toEqual([]);
    expect(object.spec).not.toHaveProperty('externalTrafficPolicy');
    expect(object.spec).not.toHaveProperty('allocateLoadBalancerNodePorts');
  });
});

describe('a service elsewhere', () => {
  it('claims its addresses and node ports', () => {
    const { object } = service({
      type: 'NodePort',
      clusterIP: '10.0.0.1',
      clusterIPs: ['10.0.0.1', 'fd00::1'],
      ports: [
        { name: 'a', port: 53, protocol: 'UDP', nodePort: 30053 },
        { name: 'b', port: 80 },
      ],
    });
    expect(services.claims!(object)).toEqual([
      { scope: 'clusterIP', value: '10.0.0.1' },
      { scope: 'clusterIP', value: 'fd00::1' },
      { scope: 'nodePort', value: 'UDP/30053' },
    ]);
    expect(services.claims!(service({ clusterIP: 'None', clusterIPs: ['None'] }).object)).toEqual([]);
  });

  it.each<[object, object]>([
    [
      { ...http, clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'] },
      { Type: 'ClusterIP', 'Cluster-IP': '10.0.0.1', 'External-IP': '<none>', 'Port(s)': '80/TCP', Age: '60s', Selector: '<none>' },
    ],
    [
      { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }], selector: { b: '2', a: '1' } },
      { 'Port(s)': '80:30080/TCP', Selector: 'a=1,b=2' },
    ],
    [{ ...http, type: 'LoadBalancer' }, { 'External-IP': '<pending>' }],
    [
      { type: 'ExternalName', externalName: 'example.com' },
      { 'Cluster-IP': '<none>', 'External-IP': 'example.com', 'Port(s)': '<none>' },
    ],
  ])('is shown for %j', (spec, expected) => {
    expect(row(services, service(spec).object, NOW)).toMatchObject(expected);
  });
});
