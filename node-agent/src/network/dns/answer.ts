/**
 * Answers a DNS question from the zone, or says that it belongs upstream. Pure: packets are values here, server.ts reads and writes them.
 */
import type { Zone } from './zone.ts';

export interface Question {
  /** As asked; case is ignored and kept in the answer. */
  readonly name: string;
  readonly type: string;
}

export type Record =
  | { readonly type: 'A'; readonly name: string; readonly ttl: number; readonly data: string }
  | { readonly type: 'CNAME' | 'PTR'; readonly name: string; readonly ttl: number; readonly data: string }
  | {
      readonly type: 'SRV';
      readonly name: string;
      readonly ttl: number;
      readonly data: { readonly port: number; readonly target: string; readonly priority: number; readonly weight: number };
    }
  | {
      readonly type: 'SOA';
      readonly name: string;
      readonly ttl: number;
      readonly data: {
        readonly mname: string;
        readonly rname: string;
        readonly serial: number;
        readonly refresh: number;
        readonly retry: number;
        readonly expire: number;
        readonly minimum: number;
      };
    };

export type Answer =
  | {
      readonly kind: 'answer';
      readonly rcode: 'NOERROR' | 'NXDOMAIN';
      readonly answers: readonly Record[];
      readonly additionals: readonly Record[];
      readonly authorities: readonly Record[];
    }
  /** Not ours. For an ExternalName the CNAME goes first and `target` is resolved upstream. */
  | { readonly kind: 'forward'; readonly prefix: readonly Record[]; readonly target: string };

export const TTL_SECONDS = 5;

const soa = (zone: Zone): Record => ({
  type: 'SOA',
  name: zone.domain,
  ttl: TTL_SECONDS,
  data: {
    mname: `ns.dns.${zone.domain}`,
    rname: `hostmaster.${zone.domain}`,
    serial: 1,
    refresh: 7200,
    retry: 1800,
    expire: 86_400,
    minimum: TTL_SECONDS,
  },
});

const found = (answers: readonly Record[], additionals: readonly Record[] = []): Answer => ({
  kind: 'answer',
  rcode: 'NOERROR',
  answers,
  additionals,
  authorities: [],
});
const nothingThere = (zone: Zone, rcode: 'NOERROR' | 'NXDOMAIN'): Answer => ({
  kind: 'answer',
  rcode,
  answers: [],
  additionals: [],
  authorities: [soa(zone)],
});

const within = (name: string, domain: string): boolean => name === domain || name.endsWith(`.${domain}`);

/** `10-1-2-3.ns.pod.cluster.local` names the address it spells. */
const podAddress = (name: string, zone: Zone): string | undefined => {
  const suffix = `.pod.${zone.domain}`;
  if (!name.endsWith(suffix)) return undefined;
  const labels = name.slice(0, -suffix.length).split('.');
  const octets = labels[0]?.split('-').map(Number) ?? [];
  const valid = labels.length === 2 && octets.length === 4 && octets.every((o) => Number.isInteger(o) && o >= 0 && o <= 255);
  return valid ? octets.join('.') : undefined;
};

const rotate = <T>(items: readonly T[], turn: number): T[] => {
  const at = items.length === 0 ? 0 : turn % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
};

const clusterAnswer = (question: Question, name: string, zone: Zone, turn: number): Answer => {
  const wants = (type: string): boolean => question.type === type || question.type === 'ANY';
  const external = zone.cname.get(name);
  if (external !== undefined) {
    const cname: Record = { type: 'CNAME', name: question.name, ttl: TTL_SECONDS, data: external };
    if (question.type === 'CNAME') return found([cname]);
    if (!within(external, zone.domain)) return { kind: 'forward', prefix: [cname], target: external };
    const inner = answerQuestion({ name: external, type: question.type }, zone, turn);
    return inner.kind === 'answer' ? { ...inner, answers: [cname, ...inner.answers] } : inner;
  }
  const pod = podAddress(name, zone);
  const addresses = pod === undefined ? zone.a.get(name) : [pod];
  const services = zone.srv.get(name);
  if (addresses && wants('A')) {
    return found(rotate(addresses, turn).map((data) => ({ type: 'A', name: question.name, ttl: TTL_SECONDS, data })));
  }
  if (services && wants('SRV')) {
    const weight = Math.max(1, Math.floor(100 / services.length));
    return found(
      services.map((r) => ({ type: 'SRV', name: question.name, ttl: TTL_SECONDS, data: { ...r, priority: 0, weight } })),
      services.flatMap((r) => (zone.a.get(r.target) ?? []).map((data): Record => ({ type: 'A', name: r.target, ttl: TTL_SECONDS, data }))),
    );
  }
  return nothingThere(zone, addresses || services || zone.parents.has(name) ? 'NOERROR' : 'NXDOMAIN');
};

/** `turn` rotates the addresses of a headless service, so that clients that take the first one spread. */
export const answerQuestion = (question: Question, zone: Zone, turn: number): Answer => {
  const name = question.name.toLowerCase().replace(/\.$/, '');
  if (within(name, zone.domain)) return clusterAnswer(question, name, zone, turn);
  const pointers = zone.ptr.get(name);
  if (pointers && question.type === 'PTR')
    return found(pointers.map((data) => ({ type: 'PTR', name: question.name, ttl: TTL_SECONDS, data })));
  return { kind: 'forward', prefix: [], target: name };
};
