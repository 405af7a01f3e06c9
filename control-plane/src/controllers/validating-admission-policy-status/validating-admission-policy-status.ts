/** Says in the status of a ValidatingAdmissionPolicy what is doubtful in its expressions, for the kinds that it names without a wildcard. */
import { type CheckedKind, typeCheckingWarnings } from '#schema/admissionregistration/type-checking.ts';
import { type ValidatingAdmissionPolicy, validatingAdmissionPolicies } from '#schema/admissionregistration/validating-admission-policy.ts';
import { typeOfStruct } from '#schema/cel/struct-types.ts';
import type { CelType } from '#schema/cel/types.ts';
import { storageKey } from '#schema/resource.ts';
import { type Controller, nothing } from '../../controller-runtime/controller.ts';
import type { Snapshot } from '../../controller-runtime/snapshot.ts';

const resource = storageKey(validatingAdmissionPolicies);

const kindsOf = ({ spec }: ValidatingAdmissionPolicy, { definitions }: Snapshot): CheckedKind[] => {
  const found = new Map<string, CheckedKind>();
  for (const { apiGroups = [], apiVersions = [], resources = [] } of spec.matchConstraints?.resourceRules ?? []) {
    for (const definition of definitions.durable()) {
      if (!apiGroups.includes(definition.group) || !resources.includes(definition.resource)) continue;
      for (const { version, group = definition.group, schema } of definition.versions) {
        const name = `${group}/${version}, Kind=${definition.kind}`;
        if (apiVersions.includes(version)) found.set(name, { name, type: typeOfStruct(schema) });
      }
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
};

const paramOf = ({ spec: { paramKind } }: ValidatingAdmissionPolicy, { definitions }: Snapshot): CelType | undefined => {
  const [group, version] = paramKind?.apiVersion?.includes('/') ? paramKind.apiVersion.split('/') : ['', paramKind?.apiVersion];
  const definition = paramKind?.kind ? definitions.byKind(group!, paramKind.kind) : undefined;
  const served = definition?.versions.find((one) => one.version === version);
  return served && typeOfStruct(served.schema);
};

export const validatingAdmissionPolicyStatus: Controller = {
  name: 'validatingadmissionpolicy-status-controller',
  primary: resource,
  watches: [],
  reconcile: ({ name }, { snapshot }) => {
    const policy = snapshot.get<ValidatingAdmissionPolicy>(resource, '', name);
    const generation = policy?.metadata.generation;
    if (!policy || policy.metadata.deletionTimestamp || generation === undefined) return nothing;
    if (policy.status?.observedGeneration === generation && policy.status.typeChecking) return nothing;
    const expressionWarnings = typeCheckingWarnings(policy.spec, kindsOf(policy, snapshot), paramOf(policy, snapshot));
    const typeChecking = expressionWarnings.length > 0 ? { expressionWarnings } : {};
    const object = { ...policy, status: { ...policy.status, observedGeneration: generation, typeChecking } };
    return { changes: [{ op: 'update', subresource: 'status', definition: validatingAdmissionPolicies, object }] };
  },
};
