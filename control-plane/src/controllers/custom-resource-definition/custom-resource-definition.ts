/**
 * CustomResourceDefinition: accepts the names that are free and says so, after which the kind is served. One that is being deleted first loses
 * every object of its kind; the finalizer that deletion put there (registry/strategies) goes last.
 */
import { approvalOf } from '#schema/apiextensions/api-approval.ts';
import { type CustomResourceDefinition, customResourceDefinitions } from '#schema/apiextensions/custom-resource-definition.ts';
import { definitionOf } from '#schema/custom/definition-of.ts';
import { equalJson } from '#schema/dsl/own.ts';
import { setCondition } from '#schema/meta/conditions.ts';
import { storageKey } from '#schema/resource.ts';
import { type Change, nothing, type Outcome, type ReconcileContext } from '../../controller-runtime/controller.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../controller-runtime/definitions.ts';
import { ANY_RESOURCE, type BatchController } from '../../controller-runtime/engine.ts';

import { customResourceCleanup } from '../../registry/strategies/custom-resource-definitions.ts';
import { conflictOf } from './names.ts';

/** Deletes of one round, at most. */
const BURST = 500;

const approvals = {
  approved: { status: 'True', reason: 'ApprovedAnnotation' },
  bypassed: { status: 'False', reason: 'UnapprovedAnnotation' },
  missing: { status: 'False', reason: 'MissingAnnotation' },
  invalid: { status: 'False', reason: 'InvalidAnnotation' },
} as const;

interface Said {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

const saying = (crd: CustomResourceDefinition, said: readonly Said[], nowMs: number) =>
  said.reduce<any[]>((conditions, one) => setCondition<any>(conditions, one, nowMs), [...(crd.status?.conditions ?? [])]);

const statusChange = (crd: CustomResourceDefinition, status: CustomResourceDefinition['status']): Change[] =>
  equalJson(status, crd.status ?? {})
    ? []
    : [
        {
          op: 'update',
          subresource: 'status',
          definition: customResourceDefinitions,
          object: { ...crd, status } as CustomResourceDefinition,
        },
      ];

const accept = (crd: CustomResourceDefinition, { snapshot, nowMs }: ReconcileContext): Outcome => {
  const conflict = conflictOf(crd, snapshot.all<CustomResourceDefinition>(CUSTOM_RESOURCE_DEFINITIONS));
  const wasEstablished = crd.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') ?? false;
  const said: Said[] = [
    conflict
      ? { type: 'NamesAccepted', status: 'False', ...conflict }
      : { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' },
  ];
  if (!conflict) {
    said.push({ type: 'Established', status: 'True', reason: 'InitialNamesAccepted', message: 'the initial names have been accepted' });
  } else if (!wasEstablished) {
    said.push({ type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' });
  }
  const approval = approvalOf(crd);
  if (approval) said.push({ type: 'KubernetesAPIApprovalPolicyConformant', ...approvals[approval.state], message: approval.reason });
  const held = crd.status?.acceptedNames ?? { plural: '', kind: '' };
  const status = {
    ...crd.status,
    conditions: saying(crd, said, nowMs),
    acceptedNames: conflict ? held : crd.spec.names,
    storedVersions: crd.status?.storedVersions ?? crd.spec.versions.filter(({ storage }) => storage).map(({ name }) => name),
  };
  return { changes: statusChange(crd, status) };
};

const cleanUp = (crd: CustomResourceDefinition, { snapshot, nowMs }: ReconcileContext): Outcome => {
  const finalizers = crd.metadata.finalizers ?? [];
  if (!finalizers.includes(customResourceCleanup)) return nothing;
  const definition = definitionOf(crd);
  const instances = snapshot.all(storageKey(definition));
  if (instances.length === 0) {
    const { finalizers: _, ...metadata } = crd.metadata;
    const left = finalizers.filter((name) => name !== customResourceCleanup);
    const object = { ...crd, metadata: left.length > 0 ? { ...metadata, finalizers: left } : metadata } as CustomResourceDefinition;
    return { changes: [{ op: 'update', definition: customResourceDefinitions, object }] };
  }
  const waiting: Said = {
    type: 'Terminating',
    status: 'True',
    reason: 'InstanceDeletionInProgress',
    message: 'CustomResource deletion is in progress',
  };
  const deletes = instances
    .filter((object) => !object.metadata.deletionTimestamp)
    .slice(0, BURST)
    .map((object): Change => {
      return { op: 'delete', definition, object, request: { propagation: 'Background', preconditions: { uid: object.metadata.uid! } } };
    });
  return { changes: [...deletes, ...statusChange(crd, { ...crd.status, conditions: saying(crd, [waiting], nowMs) })] };
};

export const customResourceDefinition: BatchController = {
  name: 'customresourcedefinition-controller',
  primary: CUSTOM_RESOURCE_DEFINITIONS,
  batches: true,
  watches: [
    {
      // a name that another definition lets go may be free now
      resource: CUSTOM_RESOURCE_DEFINITIONS,
      keys: (crd, _previous, snapshot) =>
        snapshot
          .all<CustomResourceDefinition>(CUSTOM_RESOURCE_DEFINITIONS)
          .filter(({ metadata, spec }) => metadata.name !== crd.metadata.name && spec.group === crd.spec.group)
          .map(({ metadata }) => ({ namespace: '', name: metadata.name! })),
    },
    {
      // an object that went may have been the last of its kind
      resource: ANY_RESOURCE,
      keys: (object, _previous, snapshot) => {
        const group = object.apiVersion?.includes('/') ? object.apiVersion.slice(0, object.apiVersion.indexOf('/')) : '';
        if (!group.includes('.')) return [];
        const definition = snapshot.definitions.of(object);
        const name = definition ? `${definition.resource}.${definition.group}` : '';
        const crd = snapshot.get(CUSTOM_RESOURCE_DEFINITIONS, '', name);
        return crd?.metadata.deletionTimestamp ? [{ namespace: '', name }] : [];
      },
    },
  ],
  reconcile: ({ name }, context) => {
    const crd = context.snapshot.get<CustomResourceDefinition>(CUSTOM_RESOURCE_DEFINITIONS, '', name);
    if (!crd) return nothing;
    return crd.metadata.deletionTimestamp ? cleanUp(crd, context) : accept(crd, context);
  },
};
