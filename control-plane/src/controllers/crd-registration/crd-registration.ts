/**
 * One local APIService for each group and version that CustomResourceDefinitions serve. It comes with the first definition and goes with the last; what
 * somebody made by hand under its name stays theirs. Neighbours: bootstrap-policy has those of the built-in groups, api-service says they are available.
 * @see https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/apiserver-aggregation/
 */
import type { CustomResourceDefinition } from '#schema/apiextensions/custom-resource-definition.ts';
import { type APIService, apiServices } from '#schema/apiregistration/api-service.ts';
import { equalJson } from '#schema/dsl/own.ts';
import type { KubeObject } from '#schema/resource.ts';
import { type Controller, nothing, type ObjectRef } from '../../controller-runtime/controller.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../controller-runtime/definitions.ts';

const API_SERVICES = 'apiregistration.k8s.io/apiservices';
const AUTOMANAGED = 'kube-aggregator.kubernetes.io/automanaged';
/** As every other API server gives them. */
const GROUP_PRIORITY = 1000;
const VERSION_PRIORITY = 100;

const servedBy = (crd: KubeObject | undefined): ObjectRef[] =>
  ((crd as CustomResourceDefinition | undefined)?.spec.versions ?? [])
    .filter(({ served }) => served)
    .map(({ name }) => ({ namespace: '', name: `${name}.${crd!.spec.group}` }));

const wantedFor = (name: string): APIService => {
  const at = name.indexOf('.');
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name, labels: { [AUTOMANAGED]: 'true' } },
    spec: {
      group: name.slice(at + 1),
      version: name.slice(0, at),
      groupPriorityMinimum: GROUP_PRIORITY,
      versionPriority: VERSION_PRIORITY,
    },
  };
};

export const crdRegistration: Controller = {
  name: 'crd-registration-controller',
  primary: API_SERVICES,
  watches: [{ resource: CUSTOM_RESOURCE_DEFINITIONS, keys: (crd, previous) => [...servedBy(crd), ...servedBy(previous)] }],
  reconcile: ({ name }, { snapshot }) => {
    const present = snapshot.get<APIService>(API_SERVICES, '', name);
    if (present && (present.metadata.deletionTimestamp || present.metadata.labels?.[AUTOMANAGED] !== 'true')) return nothing;
    const definitions = snapshot.all<CustomResourceDefinition>(CUSTOM_RESOURCE_DEFINITIONS);
    const served = definitions.some((crd) => servedBy(crd).some((ref) => ref.name === name));
    if (!served) {
      if (!present) return nothing;
      const preconditions = { uid: present.metadata.uid! };
      return {
        changes: [{ op: 'delete', definition: apiServices, object: present, request: { propagation: 'Background', preconditions } }],
      };
    }
    const wanted = wantedFor(name);
    if (!present) return { changes: [{ op: 'create', definition: apiServices, object: wanted }] };
    if (equalJson(present.spec, wanted.spec)) return nothing;
    return { changes: [{ op: 'update', definition: apiServices, object: { ...present, spec: wanted.spec } }] };
  },
};
