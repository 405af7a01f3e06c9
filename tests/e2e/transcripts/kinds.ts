/** `get`, `get -o wide` and `describe` of every kind: columns, their order, and what describe makes of an object that rests. */
import { everyKind } from './objects.ts';
import { isSettled, type Loose, type Theme } from './session.ts';

const namespaced = [
  'pods,podtemplates,replicationcontrollers,services,endpoints,configmaps,secrets,serviceaccounts,limitranges,resourcequotas,persistentvolumeclaims',
  'deployments,replicasets,statefulsets,daemonsets,controllerrevisions,jobs,cronjobs,horizontalpodautoscalers,poddisruptionbudgets',
  'ingresses,networkpolicies,endpointslices,leases,roles,rolebindings',
];
const clusterWide = [
  'pv/disk sc/manual csidriver/csi.example.com pc/urgent runtimeclass/sandboxed ingressclass/front',
  'clusterrole/watcher clusterrolebinding/watchers crd/widgets.example.com validatingwebhookconfiguration/checks mutatingwebhookconfiguration/fills',
  'validatingadmissionpolicy/small validatingadmissionpolicybinding/small-everywhere',
  'volumeattachments,csistoragecapacities,certificatesigningrequests,runtimeclasses',
  'prioritylevelconfigurations,flowschemas,apiservices',
];
const described = [
  'pod/waiting rc/old svc/web svc/outside ep/fixed cm/settings secret/word sa/robot limits/limits quota/quota pvc/claim podtemplate/mold',
  'deploy/web sts/store ds/everywhere job/once cronjob/nightly hpa/web pdb/budget',
  'ing/site netpol/closed endpointslice/fixed-slice lease/leader role/reader rolebinding/readers',
  'pv/disk sc/manual csidriver/csi.example.com pc/urgent runtimeclass/sandboxed ingressclass/front namespace/kinds',
  'clusterrole/watcher clusterrolebinding/watchers crd/widgets.example.com apiservice/v1.apps',
];

export const kinds: Theme = {
  name: 'kinds',
  masks: [
    [/web-[a-z0-9]{5}(?= )/g, 'web-<suffix>'],
    // which kinds nothing acts on is said elsewhere, and changes as controllers come
    [/^stderr: Warning: .*(nothing acts on it|no controller of this control plane).*\n?/gm, ''],
  ],
  play: async ({ run, each, file, until }) => {
    file('all.yaml', everyKind);
    await run('create -f all.yaml');
    const apis = (group: string) => `/apis/${group}/namespaces/kinds`;
    const core = '/api/v1/namespaces/kinds';
    await until('/api/v1/persistentvolumes/disk', ({ status }) => status.phase === 'Bound');
    await until(`${core}/persistentvolumeclaims/claim`, ({ status }) => status.phase === 'Bound');
    await until(`${core}/resourcequotas/quota`, ({ status }) => status?.used?.configmaps === '2' && status.used.pods === '1');
    await until(`${core}/endpoints/web`, () => true);
    await until(`${core}/pods/waiting`, ({ status }) => status.conditions?.length > 0);
    await until(`${apis('discovery.k8s.io/v1')}/endpointslices`, ({ items }) => items.length === 2);
    await until(`${apis('apps/v1')}/deployments/web`, isSettled);
    await until(`${apis('apps/v1')}/statefulsets/store`, ({ status }) => status.observedGeneration === 1);
    await until(`${apis('apps/v1')}/daemonsets/everywhere`, ({ status }) => status.observedGeneration === 1);
    await until(`${apis('apps/v1')}/controllerrevisions`, ({ items }) => items.length === 2);
    await until(`${apis('batch/v1')}/jobs/once`, ({ status }) => status.conditions?.length === 1);
    await until(`${core}/events`, ({ items }) => items.some(({ reason }: { reason: string }) => reason === 'Suspended'));
    await until(`${apis('policy/v1')}/poddisruptionbudgets/budget`, ({ status }) => status.observedGeneration === 1);
    await until(`${apis('autoscaling/v2')}/horizontalpodautoscalers/web`, ({ status }) => status.conditions?.length > 1);
    await until(
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com',
      ({ status }) => status.conditions.length > 1,
    );
    const isAvailable = ({ status }: Loose) =>
      status?.conditions?.some(({ type, status: is }: Loose) => type === 'Available' && is === 'True');
    await until('/apis/apiregistration.k8s.io/v1/apiservices/v1.example.com', isAvailable);
    await each(...namespaced.flatMap((names) => [`get ${names}`, `get ${names} -o wide`]));
    await each(...clusterWide.map((names) => `get ${names} -o wide`));
    await each(...described.map((names) => `describe ${names}`));
    await each('get widgets', 'get wd -o name', 'get node missing', 'get all');
  },
};
