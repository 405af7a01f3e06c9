import { describe, expect, it } from 'vitest';
import { accept, row } from '../conformance/accept.ts';
import { ingresses } from './ingress.ts';
import { ingressClasses } from './ingress-class.ts';
import { networkPolicies } from './network-policy.ts';

const metadata = { name: 'x', namespace: 'default' };
const service = { service: { name: 'web', port: { number: 80 } } };

describe('an ingress', () => {
  const errorsOf = (spec: unknown) => accept(ingresses, { metadata, spec }).errors;
  const path = (more: object) => errorsOf({ rules: [{ http: { paths: [{ path: '/', pathType: 'Prefix', backend: service, ...more }] } }] });

  it.each([
    [{}, []],
    [{ pathType: undefined }, ['spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified']],
    [{ path: 'a' }, ['spec.rules[0].http.paths[0].path: Invalid value: "a": must be an absolute path']],
    [{ path: '/a//b' }, [`spec.rules[0].http.paths[0].path: Invalid value: "/a//b": must not contain '//'`]],
    [{ path: '/a/..' }, [`spec.rules[0].http.paths[0].path: Invalid value: "/a/..": cannot end with '/..'`]],
    [
      { pathType: 'Regex' },
      ['spec.rules[0].http.paths[0].pathType: Unsupported value: "Regex": supported values: "Exact", "ImplementationSpecific", "Prefix"'],
    ],
    [{ backend: {} }, ['spec.rules[0].http.paths[0].backend: Invalid value: "": resource or service backend is required']],
    [{ backend: { service: { name: 'web' } } }, ['spec.rules[0].http.paths[0].backend: Required value: port name or number is required']],
    [
      { backend: { service: { name: 'web', port: { name: 'http', number: 80 } } } },
      ['spec.rules[0].http.paths[0].backend: Invalid value: "": cannot set both port name & port number'],
    ],
  ])('path %j', (more, errors) => {
    expect(path(more)).toEqual(errors);
  });

  it('needs a rule or a default, and host names', () => {
    expect(errorsOf({})).toEqual(['spec: Invalid value: []: either `defaultBackend` or `rules` must be specified']);
    expect(errorsOf({ defaultBackend: service, rules: [{ host: '*.example.com' }] })).toEqual([]);
    expect(errorsOf({ rules: [{ host: '10.0.0.1' }] })).toEqual([
      'spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
    ]);
    expect(errorsOf({ rules: [{ host: 'a.*.b' }] })[0]).toContain('a wildcard DNS-1123 subdomain must start with');
  });

  it('is shown as kubectl users know it', () => {
    const rules = ['a.b', 'c.d', 'e.f', 'g.h'].map((host) => ({ host }));
    const { object } = accept<object>(ingresses, { metadata, spec: { rules, ingressClassName: 'nginx', tls: [{ hosts: ['a.b'] }] } });
    const shown = { ...object, status: { loadBalancer: { ingress: [{ ip: '1.2.3.4' }, { hostname: 'lb' }] } } };
    expect(row(ingresses, shown, 0)).toMatchObject({
      Class: 'nginx',
      Hosts: 'a.b,c.d,e.f + 1 more...',
      Address: '1.2.3.4,lb',
      Ports: '80, 443',
    });
    expect(row(ingresses, accept<object>(ingresses, { metadata, spec: { defaultBackend: service } }).object, 0)).toMatchObject({
      Class: '<none>',
      Hosts: '*',
      Address: '',
      Ports: '80',
    });
  });
});

describe('an ingress class', () => {
  const made = (spec: unknown, old?: unknown) => accept(ingressClasses, { metadata: { name: 'x' }, spec }, old);

  it('names its controller for ever', () => {
    const { object, errors } = made({ controller: 'a.io/b', parameters: { kind: 'K', name: 'n' } });
    expect(errors).toEqual([]);
    expect(object).toMatchObject({ spec: { parameters: { scope: 'Cluster' } } });
    expect(made({ controller: 'a.io/c' }, object).errors).toEqual(['spec.controller: Invalid value: "a.io/c": field is immutable']);
    expect(made({}).errors).toEqual(['spec.controller: Required value']);
    expect(made({ controller: 'x' }).errors).toEqual([
      'spec.controller: Invalid value: "x": must be a domain-prefixed path (such as "acme.io/foo")',
    ]);
    expect(made({ controller: 'a.io/b', parameters: { kind: 'K', name: 'n', scope: 'Namespace' } }).errors).toEqual([
      "spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'",
    ]);
  });
});

describe('a network policy', () => {
  const made = (spec: object) => accept<any>(networkPolicies, { metadata, spec });

  it('gets its directions and protocols', () => {
    expect(made({}).object.spec).toEqual({ podSelector: {}, policyTypes: ['Ingress'] });
    const { spec } = made({ egress: [{ ports: [{ port: 53 }] }] }).object;
    expect(spec).toMatchObject({ policyTypes: ['Ingress', 'Egress'], egress: [{ ports: [{ port: 53, protocol: 'TCP' }] }] });
  });

  it.each([
    [{ ports: [{ protocol: 'X' }] }, ['spec.ingress[0].ports[0].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"']],
    [
      { ports: [{ port: 80, endPort: 70 }] },
      ['spec.ingress[0].ports[0].endPort: Invalid value: 70: must be greater than or equal to `port`'],
    ],
    [
      { ports: [{ port: 'http', endPort: 70 }] },
      ['spec.ingress[0].ports[0].endPort: Invalid value: 70: may not be specified when `port` is non-numeric'],
    ],
    [{ from: [{}] }, ['spec.ingress[0].from[0]: Required value: must specify a peer']],
    [
      { from: [{ ipBlock: { cidr: '10.0.0.0/8' }, podSelector: {} }] },
      ['spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer'],
    ],
    [
      { from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/16'] } }] },
      ['spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`'],
    ],
    [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }] }, []],
  ])('rule %j', (rule, errors) => {
    expect(made({ ingress: [rule] }).errors).toEqual(errors);
  });
});
