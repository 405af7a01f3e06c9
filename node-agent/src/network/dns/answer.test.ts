import dnsPacket from 'dns-packet';
import { describe, expect, it } from 'vitest';
import type { Service } from '#schema/core/service.ts';
import type { EndpointSlice } from '#schema/discovery/endpoint-slice.ts';
import { answerQuestion } from './answer.ts';
import { createResponder } from './server.ts';
import { parseResolvConf } from './upstream.ts';
import { buildZone } from './zone.ts';

const service = (name: string, spec: Service['spec']): Service => ({ metadata: { name, namespace: 'shop' }, spec });
const services = [
  service('web', { clusterIP: '10.128.0.5', ports: [{ name: 'http', port: 80, protocol: 'TCP' }] }),
  service('db', { clusterIP: 'None', ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }] }),
  service('out', { type: 'ExternalName', externalName: 'Example.COM.' }),
  service('alias', { type: 'ExternalName', externalName: 'web.shop.svc.cluster.local' }),
];
const slices: EndpointSlice[] = [
  {
    metadata: { name: 'db-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'db' } },
    addressType: 'IPv4',
    endpoints: [
      { addresses: ['10.64.0.2'], hostname: 'db-0', conditions: { ready: true } },
      { addresses: ['10.64.0.3'], conditions: { ready: true } },
      { addresses: ['10.64.0.4'], conditions: { ready: false } },
    ],
    ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }],
  },
];
const zone = buildZone(services, slices, 'cluster.local');
const ask = (name: string, type = 'A') => answerQuestion({ name, type }, zone, 0);
const data = (name: string, type = 'A') => {
  const answer = ask(name, type);
  return answer.kind === 'answer' ? answer.answers.map((r) => r.data) : answer;
};

describe('cluster DNS', () => {
  it('resolves a service to its cluster IP, whatever the case', () => expect(data('WEB.shop.svc.Cluster.local.')).toEqual(['10.128.0.5']));
  it('resolves a headless service to its ready endpoints and their names', () => {
    expect(data('db.shop.svc.cluster.local')).toEqual(['10.64.0.2', '10.64.0.3']);
    expect(data('db-0.db.shop.svc.cluster.local')).toEqual(['10.64.0.2']);
    expect(data('10-64-0-3.db.shop.svc.cluster.local')).toEqual(['10.64.0.3']);
  });
  it('rotates the addresses of a headless service', () =>
    expect(answerQuestion({ name: 'db.shop.svc.cluster.local', type: 'A' }, zone, 1)).toMatchObject({
      answers: [{ data: '10.64.0.3' }, { data: '10.64.0.2' }],
    }));
  it('answers SRV for named ports', () => {
    expect(data('_http._tcp.web.shop.svc.cluster.local', 'SRV')).toEqual([
      { port: 80, target: 'web.shop.svc.cluster.local', priority: 0, weight: 100 },
    ]);
    expect(data('_sql._tcp.db.shop.svc.cluster.local', 'SRV')).toHaveLength(2);
  });
  it('follows ExternalName inside and outside the cluster', () => {
    expect(data('alias.shop.svc.cluster.local')).toEqual(['web.shop.svc.cluster.local', '10.128.0.5']);
    expect(ask('out.shop.svc.cluster.local')).toMatchObject({ kind: 'forward', target: 'example.com', prefix: [{ type: 'CNAME' }] });
  });
  it('answers PTR and pod names', () => {
    expect(data('5.0.128.10.in-addr.arpa', 'PTR')).toEqual(['web.shop.svc.cluster.local']);
    expect(data('10-9-8-7.shop.pod.cluster.local')).toEqual(['10.9.8.7']);
    expect(data('300-9-8-7.shop.pod.cluster.local')).toEqual([]);
  });
  it('tells "no such name" from "no such record"', () => {
    expect(ask('nope.shop.svc.cluster.local')).toMatchObject({ rcode: 'NXDOMAIN', authorities: [{ type: 'SOA' }] });
    expect(ask('web.shop.svc.cluster.local', 'AAAA')).toMatchObject({ rcode: 'NOERROR', answers: [] });
    expect(ask('shop.svc.cluster.local')).toMatchObject({ rcode: 'NOERROR' });
  });
  it('forwards everything else', () => expect(ask('example.com')).toMatchObject({ kind: 'forward', target: 'example.com' }));
});

describe('packets', () => {
  const respond = createResponder({
    zone: () => zone,
    upstream: [],
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  });
  const query = (name: string) =>
    dnsPacket.encode({ type: 'query', id: 7, flags: dnsPacket.RECURSION_DESIRED, questions: [{ type: 'A', name }] });

  it('round-trips a question', async () => {
    const result = await respond(query('web.shop.svc.cluster.local'));
    expect(dnsPacket.decode(result!.reply)).toMatchObject({ id: 7, rcode: 'NOERROR', answers: [{ data: '10.128.0.5' }] });
  });
  it('says SERVFAIL when nobody can be asked', async () => {
    const result = await respond(query('example.com'));
    expect(dnsPacket.decode(result!.reply)).toMatchObject({ id: 7, rcode: 'SERVFAIL' });
  });
  it('stays silent on garbage', async () => {
    expect(await respond(Buffer.from([1, 2, 3]))).toBeUndefined();
    expect(await respond(Buffer.alloc(64, 0xff))).toBeUndefined();
  });
});

describe('resolv.conf of the host', () => {
  it('reads servers, search list and options', () =>
    expect(parseResolvConf('# x\nnameserver 10.0.0.1\nsearch a.test b.test\noptions ndots:2\nnameserver 10.0.0.2 # y\n')).toEqual({
      nameservers: ['10.0.0.1', '10.0.0.2'],
      search: ['a.test', 'b.test'],
      options: ['ndots:2'],
    }));
});
