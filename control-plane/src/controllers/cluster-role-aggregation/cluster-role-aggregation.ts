/** ClusterRole aggregation: the rules of a role with an aggregationRule are those of all ClusterRoles its selectors name. */
import { equalJson } from '#schema/dsl/own.ts';
import { type ClusterRole, clusterRoles } from '#schema/rbac/cluster-role.ts';
import { storageKey } from '#schema/resource.ts';
import { labelSelectorOf, matches } from '#schema/selectors/label.ts';
import { type Controller, nothing } from '../../controller-runtime/controller.ts';
import { canonicalJson } from '../../controller-runtime/naming.ts';

const ROLES = storageKey(clusterRoles);

const selectionsOf = (role: ClusterRole) => (role.aggregationRule?.clusterRoleSelectors ?? []).map(labelSelectorOf);

export const clusterRoleAggregation: Controller = {
  name: 'clusterrole-aggregation-controller',
  primary: ROLES,
  watches: [
    {
      resource: ROLES,
      keys: (role, previous, snapshot) =>
        snapshot
          .all<ClusterRole>(ROLES)
          .filter((other) =>
            selectionsOf(other).some((selection) => [role, previous].some((state) => state && matches(selection, state.metadata.labels))),
          )
          .map(({ metadata }) => ({ namespace: '', name: metadata.name! })),
    },
  ],
  reconcile: ({ name }, { snapshot }) => {
    const role = snapshot.get<ClusterRole>(ROLES, '', name);
    if (!role?.aggregationRule || role.metadata.deletionTimestamp) return nothing;
    const selections = selectionsOf(role);
    const sources = snapshot
      .all<ClusterRole>(ROLES)
      .filter((other) => other.metadata.name !== name && selections.some((selection) => matches(selection, other.metadata.labels)))
      .sort((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1));
    const rules = [...new Map(sources.flatMap((source) => source.rules ?? []).map((rule) => [canonicalJson(rule), rule])).values()];
    if (equalJson(rules, role.rules ?? [])) return nothing;
    return { changes: [{ op: 'update', definition: clusterRoles, object: { ...role, rules } }] };
  },
};
