/** The pods a manifest would make: the pod itself, or as many as a workload's template is to run. */
import type { Node } from '#schema/core/node.ts';
import type { Pod } from '#schema/core/pod.ts';
import type { KubeObject } from '#schema/resource.ts';
import { placementOn, specFor } from '../controllers/daemon-set/placement.ts';

/** Pods of one template: `pod` stands for all of them. */
export interface PodGroup {
  readonly pod: Pod;
  readonly count: number;
  /** One for each of these nodes, with a spec of its own. */
  readonly specs?: readonly Pod['spec'][];
  /** Its like are spread by this object's selector. */
  readonly owner?: { readonly resource: string; readonly object: KubeObject };
}

interface Workload {
  readonly count: (spec: any) => number;
  readonly template?: (spec: any) => any;
  /** Where the scheduler looks for the selector of an owner of this kind. */
  readonly owner?: { readonly kind: string; readonly resource: string };
}

/** New claims are made where their pod goes: an empty volume asks as little. */
const withClaims = (template: any, claims: readonly any[] = []): any => {
  const names = claims.flatMap((claim) => claim?.metadata?.name ?? []);
  const others = (template.spec.volumes ?? []).filter(({ name }: any) => !names.includes(name));
  return { ...template, spec: { ...template.spec, volumes: [...names.map((name) => ({ name, emptyDir: {} })), ...others] } };
};

const replicas = (spec: any): number => spec?.replicas ?? 1;
const byReplicaSet = { kind: 'ReplicaSet', resource: 'apps/replicasets' };

const workloads: Readonly<Record<string, Workload>> = {
  Deployment: { count: replicas, owner: byReplicaSet },
  ReplicaSet: { count: replicas, owner: byReplicaSet },
  StatefulSet: {
    count: replicas,
    template: (spec) => (spec?.template?.spec ? withClaims(spec.template, spec.volumeClaimTemplates) : undefined),
    owner: { kind: 'StatefulSet', resource: 'apps/statefulsets' },
  },
  ReplicationController: { count: replicas, owner: { kind: 'ReplicationController', resource: 'core/replicationcontrollers' } },
  Job: { count: (spec) => Math.min(spec?.parallelism ?? 1, spec?.completions ?? Number.POSITIVE_INFINITY) },
  CronJob: {
    count: (spec) => workloads.Job!.count(spec?.jobTemplate?.spec),
    template: (spec) => spec?.jobTemplate?.spec?.template,
  },
  DaemonSet: { count: () => 0 },
};

export const isWorkload = (kind: string | undefined): boolean => kind !== undefined && Object.hasOwn(workloads, kind);

/** `nodes` are those a DaemonSet would run on. */
export const expand = (object: KubeObject, namespace: string, nodes: readonly Node[]): PodGroup | undefined => {
  const { kind = '', spec } = object;
  const name = object.metadata.name ?? object.metadata.generateName ?? '';
  if (kind === 'Pod') return { pod: { ...object, metadata: { ...object.metadata, name, namespace } } as unknown as Pod, count: 1 };
  const workload = workloads[kind];
  if (!workload) return undefined;
  const template = workload.template ? workload.template(spec) : spec?.template;
  if (!template?.spec) return undefined;
  const owner = workload.owner && {
    resource: workload.owner.resource,
    object: { metadata: { name: `simulated-${name}`, namespace, uid: `simulated-${kind}-${name}` }, spec: { selector: spec.selector } },
  };
  const ownerReferences = owner && [
    {
      apiVersion: 'apps/v1',
      kind: workload.owner!.kind,
      name: owner.object.metadata.name,
      uid: owner.object.metadata.uid,
      controller: true,
    },
  ];
  const metadata = { ...template.metadata, name, namespace, ...(ownerReferences ? { ownerReferences } : {}) };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: template.spec } as Pod;
  if (kind !== 'DaemonSet') return { pod, count: Math.max(0, workload.count(spec)), ...(owner ? { owner } : {}) };
  const specs = nodes
    .filter((node) => placementOn(object as any, node).shouldRun)
    .map((node) => specFor(template.spec, node.metadata.name ?? '') as Pod['spec']);
  return { pod, count: specs.length, specs };
};
