import { describe, expect, it } from 'vitest';
import { storageKey, storedApiVersion } from './resource.ts';
import { findByKind, findByResource, findByStorageKey, resources } from './resources.ts';

/** Columns as kubectl shows them; `*` marks those of `-o wide`. */
const columns: Readonly<Record<string, string>> = {
  pods: 'Name,Ready,Status,Restarts,Age,IP*,Node*,Nominated Node*,Readiness Gates*',
  deployments: 'Name,Ready,Up-to-date,Available,Age,Containers*,Images*,Selector*',
  replicasets: 'Name,Desired,Current,Ready,Age,Containers*,Images*,Selector*',
  replicationcontrollers: 'Name,Desired,Current,Ready,Age,Containers*,Images*,Selector*',
  statefulsets: 'Name,Ready,Age,Containers*,Images*',
  daemonsets: 'Name,Desired,Current,Ready,Up-to-date,Available,Node Selector,Age,Containers*,Images*,Selector*',
  controllerrevisions: 'Name,Controller,Revision,Age',
  jobs: 'Name,Status,Completions,Duration,Age,Containers*,Images*,Selector*',
  cronjobs: 'Name,Schedule,Timezone,Suspend,Active,Last Schedule,Age,Containers*,Images*,Selector*',
  horizontalpodautoscalers: 'Name,Reference,Targets,MinPods,MaxPods,Replicas,Age',
  poddisruptionbudgets: 'Name,Min Available,Max Unavailable,Allowed Disruptions,Age',
  persistentvolumes: 'Name,Capacity,Access Modes,Reclaim Policy,Status,Claim,StorageClass,VolumeAttributesClass,Reason,Age,VolumeMode*',
  persistentvolumeclaims: 'Name,Status,Volume,Capacity,Access Modes,StorageClass,VolumeAttributesClass,Age,VolumeMode*',
  limitranges: 'Name,Created At',
  resourcequotas: 'Name,Request,Limit,Age',
  podtemplates: 'Name,Containers,Images,Pod Labels',
  componentstatuses: 'Name,Status,Message,Error',
  storageclasses: 'Name,Provisioner,ReclaimPolicy,VolumeBindingMode,AllowVolumeExpansion,Age',
  volumeattachments: 'Name,Attacher,PV,Node,Attached,Age',
  csinodes: 'Name,Drivers,Age',
  csidrivers: 'Name,AttachRequired,PodInfoOnMount,StorageCapacity,TokenRequests,RequiresRepublish,Modes,Age',
  csistoragecapacities: 'Name,StorageClassName,Capacity',
  volumeattributesclasses: 'Name,DriverName,Age',
  priorityclasses: 'Name,Value,Global-Default,Age,PreemptionPolicy',
  services: 'Name,Type,Cluster-IP,External-IP,Port(s),Age,Selector*',
  endpoints: 'Name,Endpoints,Age',
  endpointslices: 'Name,AddressType,Ports,Endpoints,Age',
  nodes: 'Name,Status,Roles,Age,Version,Internal-IP*,External-IP*,OS-Image*,Kernel-Version*,Container-Runtime*',
  namespaces: 'Name,Status,Age',
  events: 'Last Seen,Type,Reason,Object,Subobject*,Source*,Message,First Seen*,Count*,Name*',
  secrets: 'Name,Type,Data,Age',
  configmaps: 'Name,Data,Age',
  serviceaccounts: 'Name,Secrets,Age',
  leases: 'Name,Holder,Age',
  customresourcedefinitions: 'Name,Created At',
  apiservices: 'Name,Service,Available,Age',
  flowschemas: 'Name,PriorityLevel,MatchingPrecedence,DistinguisherMethod,Age,MissingPL',
  prioritylevelconfigurations: 'Name,Type,NominalConcurrencyShares,Queues,HandSize,QueueLengthLimit,Age',
  roles: 'Name,Created At',
  clusterroles: 'Name,Created At',
  rolebindings: 'Name,Role,Age,Users*,Groups*,ServiceAccounts*',
  clusterrolebindings: 'Name,Role,Age,Users*,Groups*,ServiceAccounts*',
  ingresses: 'Name,Class,Hosts,Address,Ports,Age',
  ingressclasses: 'Name,Controller,Parameters,Age',
  networkpolicies: 'Name,Pod-Selector,Age',
  ipaddresses: 'Name,ParentRef,Age',
  servicecidrs: 'Name,CIDRs,Age',
  runtimeclasses: 'Name,Handler,Age',
  certificatesigningrequests: 'Name,Age,SignerName,Requestor,RequestedDuration,Condition',
  validatingwebhookconfigurations: 'Name,Webhooks,Age',
  mutatingwebhookconfigurations: 'Name,Webhooks,Age',
  validatingadmissionpolicies: 'Name,Validations,ParamKind,Age',
  validatingadmissionpolicybindings: 'Name,PolicyName,ParamRef,Age',
};

describe('the list of resources', () => {
  it.each(Object.entries(columns))('%s have the columns kubectl users know', (resource, expected) => {
    const definition = resources.find((d) => d.resource === resource)!;
    expect(definition.columns.map((c) => (c.priority > 0 ? `${c.name}*` : c.name)).join(',')).toBe(expected);
  });

  it('shows everything else by name', () => {
    const others = resources.filter((d) => columns[d.resource] === undefined);
    expect(others.every((d) => d.storage === 'virtual')).toBe(true);
  });

  it('has each name once', () => {
    const names = resources.flatMap((d) => [d.resource, d.singular, ...d.shortNames].map((name) => `${d.group}/${name}`));
    // one word may be plural and singular of the same kind
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual(['/endpoints']);
    expect(new Set(resources.map(storageKey)).size).toBe(resources.length);
  });

  it('has one stored version for each', () => {
    for (const d of resources) expect(d.versions.filter((v) => v.storage)).toHaveLength(1);
    expect(storedApiVersion(findByKind('apps', 'Deployment')!)).toBe('apps/v1');
    expect(storedApiVersion(findByKind('', 'Pod')!)).toBe('v1');
  });

  it('is found by kind, resource and storage key', () => {
    expect(findByKind('', 'Pod')!.resource).toBe('pods');
    expect(findByResource('apps', 'deployments')!.kind).toBe('Deployment');
    expect(findByResource('', 'deployments')).toBeUndefined();
    expect(findByStorageKey('core/pods')!.kind).toBe('Pod');
    expect(findByStorageKey('discovery.k8s.io/endpointslices')!.kind).toBe('EndpointSlice');
  });

  it('has one definition behind both forms of events', () => {
    expect(findByResource('events.k8s.io', 'events')).toBe(findByResource('', 'events'));
    expect(findByKind('events.k8s.io', 'Event')).toBe(findByStorageKey('core/events'));
  });

  it('keeps secrets sealed and leases and events out of the history', () => {
    expect(resources.filter((d) => d.sealed).map((d) => d.resource)).toEqual(['secrets']);
    expect(resources.filter((d) => d.storage === 'volatile').map((d) => d.resource)).toEqual(['events', 'leases']);
  });

  it('is what `kubectl get all` asks for', () => {
    expect(resources.filter((d) => d.categories.includes('all')).map((d) => d.resource)).toEqual([
      'pods',
      'replicationcontrollers',
      'services',
      'daemonsets',
      'deployments',
      'replicasets',
      'statefulsets',
      'horizontalpodautoscalers',
      'cronjobs',
      'jobs',
    ]);
  });
});
