/**
 * The objects every cluster has from its first start: default roles and bindings, mandatory flow control, the system's priority classes, the
 * APIServices served here. They come back when they are deleted, and lack nothing of their default while their annotation says
 * `autoupdate: "true"`; what a person added stays.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#auto-reconciliation
 */
import { apiServices } from '#schema/apiregistration/api-service.ts';
import { equalJson } from '#schema/dsl/own.ts';
import { flowSchemas } from '#schema/flowcontrol/flow-schema.ts';
import { priorityLevelConfigurations } from '#schema/flowcontrol/priority-level-configuration.ts';
import { type ClusterRole, clusterRoles } from '#schema/rbac/cluster-role.ts';
import { type ClusterRoleBinding, clusterRoleBindings } from '#schema/rbac/cluster-role-binding.ts';
import { type KubeObject, type ResourceDefinition, storageKey } from '#schema/resource.ts';
import { priorityClasses, systemPriorityClasses } from '#schema/scheduling/priority-class.ts';
import { nothing } from '../../controller-runtime/controller.ts';
import type { SeededController } from '../../controller-runtime/engine.ts';
import { canonicalJson } from '../../controller-runtime/naming.ts';
import { bootstrapClusterRoleBindings } from './cluster-role-bindings.ts';
import { bootstrapClusterRoles } from './cluster-roles.ts';
import { mandatoryFlowSchemas, mandatoryPriorityLevels } from './flow-control.ts';
import { localApiServices } from './local-api-services.ts';

const AUTOUPDATE = 'rbac.authorization.kubernetes.io/autoupdate';

/** `present`, and of `wanted` whatever is missing in it. */
const union = <T>(present: readonly T[] | undefined, wanted: readonly T[] | undefined): T[] => {
  const known = new Set((present ?? []).map(canonicalJson));
  return [...(present ?? []), ...(wanted ?? []).filter((item) => !known.has(canonicalJson(item)))];
};

const withMetadata = <T extends KubeObject>(object: T, wanted: T): T => ({
  ...object,
  metadata: {
    ...object.metadata,
    labels: { ...object.metadata.labels, ...wanted.metadata.labels },
    annotations: { ...object.metadata.annotations, ...wanted.metadata.annotations },
  },
});

const completeRole = (role: ClusterRole, wanted: ClusterRole): ClusterRole => {
  const { aggregationRule } = wanted;
  if (!aggregationRule) return { ...withMetadata(role, wanted), rules: union(role.rules, wanted.rules) };
  const selectors = union(role.aggregationRule?.clusterRoleSelectors, aggregationRule.clusterRoleSelectors);
  return { ...withMetadata(role, wanted), aggregationRule: { clusterRoleSelectors: selectors } };
};

const completeBinding = (binding: ClusterRoleBinding, wanted: ClusterRoleBinding): ClusterRoleBinding => {
  const subjects = union(binding.subjects, wanted.subjects);
  return { ...withMetadata(binding, wanted), ...(subjects.length > 0 ? { subjects } : {}) };
};

interface Kind<T extends KubeObject> {
  readonly definition: ResourceDefinition;
  readonly objects: readonly T[];
  /** Absent: it must only be there. */
  readonly complete?: (present: T, wanted: T) => T;
}

const keeper = <T extends KubeObject>({ definition, objects, complete }: Kind<T>): SeededController => {
  const primary = storageKey(definition);
  const byName = new Map(objects.map((object) => [object.metadata.name!, object]));
  return {
    name: `bootstrap-${definition.resource}-controller`,
    primary,
    seeds: [...byName.keys()].map((name) => ({ namespace: '', name })),
    watches: [],
    reconcile: ({ namespace, name }, { snapshot }) => {
      const wanted = byName.get(name);
      if (!wanted || namespace !== '') return nothing;
      const present = snapshot.get<T>(primary, '', name);
      if (!present) return { changes: [{ op: 'create', definition, object: structuredCopy(wanted) }] };
      if (!complete || present.metadata.deletionTimestamp || present.metadata.annotations?.[AUTOUPDATE] !== 'true') return nothing;
      const object = complete(present, wanted);
      return equalJson(object, present) ? nothing : { changes: [{ op: 'update', definition, object }] };
    },
  };
};

/** The lists above are shared: what goes into the store is a copy. */
const structuredCopy = <T>(object: T): T => JSON.parse(JSON.stringify(object)) as T;

export const bootstrapPolicy: readonly SeededController[] = [
  keeper<ClusterRole>({ definition: clusterRoles, objects: bootstrapClusterRoles, complete: completeRole }),
  keeper<ClusterRoleBinding>({ definition: clusterRoleBindings, objects: bootstrapClusterRoleBindings, complete: completeBinding }),
  keeper({ definition: priorityLevelConfigurations, objects: mandatoryPriorityLevels }),
  keeper({ definition: flowSchemas, objects: mandatoryFlowSchemas }),
  keeper({ definition: priorityClasses, objects: systemPriorityClasses }),
  keeper({ definition: apiServices, objects: localApiServices }),
];
