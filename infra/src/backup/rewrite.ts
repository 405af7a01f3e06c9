/**
 * What of a cluster becomes another one when its backup is loaded as a clone. The clone has an identity, keys and networks of its own, so nothing that belongs to the
 * source can be reached or answered for by it: no node, no credential, no address on a machine. It sleeps: pods have no node until its taint is taken away.
 */
import { randomUUID } from 'node:crypto';
import type { KeyRing } from '#control-plane/platform/platform.ts';
import { cidrSize, formatIPv4, ipAt, parseCIDR, parseIPv4 } from '#control-plane/registry/ipv4.ts';
import type { DumpRow } from '#control-plane/store/dump.ts';
import { createSealer, type Sealer } from '#control-plane/store/sealing.ts';
import { services } from '#schema/core/service.ts';
import { toRfc3339 } from '#schema/meta/time.ts';

/** On the clone's node, and what every pod of it waits for. */
export const cloneTaint = { key: 'kedge.dev/clone', effect: 'NoSchedule' } as const;

export type LoadRow = DumpRow & { readonly living: boolean };

export interface Rewrite {
  /** undefined: no row of it is loaded. */
  row(row: LoadRow): Promise<LoadRow | undefined>;
  /** Rows behind the last one, with revisions from `revision` on. */
  more(revision: number): readonly LoadRow[];
}

export interface CloneOf {
  readonly clusterUid: string;
  readonly sealingKeys: KeyRing['sealingKeys'];
  readonly serviceCIDR: string;
}

export interface CloneTo extends CloneOf {
  readonly nodeName: string;
  readonly nowMs: number;
}

const nodes = 'core/nodes';
/** Made anew by their controller; these name pods of the source. */
const slices = 'discovery.k8s.io/endpointslices';
const managedBy = 'endpointslice.kubernetes.io/managed-by';
const slicesController = 'endpointslice-controller.k8s.io';
/** Tokens of people, nodes and machines that join: good at the source alone. */
const credentials = new Set(['kedge.dev/token', 'bootstrap.kubernetes.io/token']);
const accountToken = 'kubernetes.io/service-account-token';

/** The address at the same place of the other range; others as they are. */
const moved = (from: string, to: string) => {
  const [source, target] = [parseCIDR(from), parseCIDR(to)];
  return (text: string): string => {
    const value = parseIPv4(text);
    if (!source || !target || value === undefined) return text;
    const offset = value - source.base;
    return offset >= 0 && offset < cidrSize(source) ? formatIPv4(ipAt(target, offset)) : text;
  };
};

const finished = (pod: any): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
const controlled = (pod: any): boolean => (pod.metadata.ownerReferences ?? []).some(({ controller }: any) => controller);

const derivedOf = (row: LoadRow): any => JSON.parse(row.derived);
const withDerived = (row: LoadRow, change: Readonly<Record<string, unknown>>): string => JSON.stringify({ ...derivedOf(row), ...change });

export const rewriteAsClone = (source: CloneOf, target: CloneTo): Rewrite => {
  const opener = createSealer(source.sealingKeys, source.clusterUid);
  const sealer: Sealer = createSealer(target.sealingKeys, target.clusterUid);
  const address = moved(source.serviceCIDR, target.serviceCIDR);
  const gone: LoadRow[] = [];

  /** Lived at the source, and is not there in the clone. */
  const leave = (row: LoadRow): LoadRow => {
    gone.push(row);
    return { ...row, living: false };
  };

  const secret = async (row: LoadRow, body: string): Promise<LoadRow | undefined> => {
    const { resource, namespace, name, uid } = row;
    // nobody could read a version of before whose key is lost, here as there
    const text = await opener.open(resource, namespace, name, uid, body).catch((error: unknown) => {
      if (row.living) throw error;
      return undefined;
    });
    if (text === undefined) return undefined;
    const object = JSON.parse(text);
    if (credentials.has(object.type)) return undefined;
    // the control plane fills it again, with a token of its own
    if (object.type === accountToken && object.data) {
      const { token: _token, 'ca.crt': _ca, ...data } = object.data;
      object.data = data;
    }
    return { ...row, body: await sealer.seal(resource, namespace, name, uid, JSON.stringify(object)) };
  };

  /** Controllers make theirs again; the others wait for a node. */
  const pod = (row: LoadRow): LoadRow => {
    const object = JSON.parse(row.body!);
    if (finished(object) || !object.spec.nodeName) return row;
    if (controlled(object)) return leave(row);
    delete object.spec.nodeName;
    const { qosClass } = object.status ?? {};
    object.status = { phase: 'Pending', ...(qosClass ? { qosClass } : {}) };
    return { ...row, body: JSON.stringify(object), derived: withDerived(row, { node: '' }) };
  };

  /** Node ports and external addresses are the source's on its machines. */
  const service = (row: LoadRow): LoadRow => {
    const object = JSON.parse(row.body!);
    const { spec } = object;
    if (spec.clusterIP) spec.clusterIP = address(spec.clusterIP);
    if (spec.clusterIPs) spec.clusterIPs = spec.clusterIPs.map(address);
    delete spec.externalIPs;
    delete spec.healthCheckNodePort;
    for (const port of spec.ports ?? []) delete port.nodePort;
    object.status = { loadBalancer: {} };
    const claims = services.claims!(object).map(({ scope, value }) => [scope, value]);
    return { ...row, body: JSON.stringify(object), derived: withDerived(row, { claims }) };
  };

  const own = (): LoadRow => {
    const metadata = { name: target.nodeName, uid: randomUUID(), creationTimestamp: toRfc3339(target.nowMs) };
    const object = { apiVersion: 'v1', kind: 'Node', metadata, spec: { taints: [cloneTaint] }, status: {} };
    const derived = {
      owners: [],
      claims: [],
      node: '',
      deleting: 0,
      finalized: 0,
      labels: {},
      at: target.nowMs,
      user: 'kedge',
      via: 'kedge',
    };
    const place = { resource: nodes, namespace: '', name: target.nodeName, uid: metadata.uid };
    return { ...place, revision: 0, type: 'ADDED', derived: JSON.stringify(derived), body: JSON.stringify(object), living: true };
  };

  const tombstone = (row: LoadRow): LoadRow => ({
    ...row,
    type: 'DELETED',
    living: false,
    derived: JSON.stringify({ owners: [], claims: [], node: '', deleting: 0, finalized: 0, at: target.nowMs, user: 'kedge', via: 'kedge' }),
  });

  return {
    row: async (row) => {
      if (row.resource === nodes) return undefined;
      if (row.body !== null && opener.isSealed(row.body)) return secret(row, row.body);
      if (!row.living) return row;
      if (row.resource === slices && derivedOf(row).labels?.[managedBy] === slicesController) return leave(row);
      if (row.resource === 'core/pods') return pod(row);
      return row.resource === 'core/services' ? service(row) : row;
    },
    more: (revision) => [...gone.map(tombstone), own()].map((row, index) => ({ ...row, revision: revision + index })),
  };
};
