/**
 * Namespace: makes the system namespaces, puts the default objects into each live one, and empties one that is being deleted before it lets it
 * go (spec.finalizers). The store refuses to remove a namespace that still holds an object.
 */
import { type Namespace, namespaces } from '#schema/core/namespace.ts';
import { equalJson } from '#schema/dsl/own.ts';
import { type Change, nothing, type ObjectRef, type Outcome, type ReconcileContext } from '../../controller-runtime/controller.ts';
import { ANY_RESOURCE, type SeededController } from '../../controller-runtime/engine.ts';

import { contentDeletes, contentOf, terminationConditions } from './content.ts';
import { defaultObjects } from './defaults.ts';

const NAMESPACES = 'core/namespaces';
const FINALIZER = 'kubernetes';

/** Exist from the first start on, and come back when deleted. */
export const systemNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'] as const;

const terminate = (namespace: Namespace, { snapshot, nowMs }: ReconcileContext): Outcome => {
  const content = contentOf(snapshot, namespace.metadata.name!);
  const conditions = terminationConditions(namespace, content, nowMs);
  const status = { ...namespace.status, phase: 'Terminating', conditions: [...conditions] };
  const held = namespace.spec?.finalizers ?? [];
  if (content.length === 0) {
    if (held.includes(FINALIZER)) {
      const object = { ...namespace, spec: { ...namespace.spec, finalizers: held.filter((finalizer) => finalizer !== FINALIZER) } };
      return { changes: [{ op: 'update', subresource: 'finalize', definition: namespaces, object }] };
    }
    if (held.length > 0 || (namespace.metadata.finalizers?.length ?? 0) > 0) return nothing;
    const request = { preconditions: { uid: namespace.metadata.uid! } };
    return { changes: [{ op: 'delete', definition: namespaces, object: namespace, request }] };
  }
  const changes: Change[] = contentDeletes(content);
  if (!equalJson(status, namespace.status ?? {})) {
    changes.push({ op: 'update', subresource: 'status', definition: namespaces, object: { ...namespace, status } });
  }
  return { changes };
};

const reconcile = (ref: ObjectRef, context: ReconcileContext): Outcome => {
  const { snapshot, cluster } = context;
  const namespace = snapshot.get<Namespace>(NAMESPACES, '', ref.name);
  if (!namespace) {
    if (!systemNamespaces.some((name) => name === ref.name)) return nothing;
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: ref.name } };
    return { changes: [{ op: 'create', definition: namespaces, object }] };
  }
  if (namespace.metadata.deletionTimestamp) return terminate(namespace, context);
  return { changes: defaultObjects(snapshot, ref.name, namespace.metadata.uid!, cluster.rootCA) };
};

export const namespace: SeededController = {
  name: 'namespace-controller',
  primary: NAMESPACES,
  seeds: systemNamespaces.map((name) => ({ namespace: '', name })),
  watches: [
    {
      // contents matter while the namespace is going, its default objects always
      resource: ANY_RESOURCE,
      keys: (object, previous, snapshot) => {
        const name = object.metadata.namespace;
        if (!name) return [];
        const isDefault = object.kind === 'ServiceAccount' || object.kind === 'ConfigMap';
        const terminating = snapshot.get(NAMESPACES, '', name)?.metadata.deletionTimestamp !== undefined;
        return terminating || (isDefault && previous !== undefined) ? [{ namespace: '', name }] : [];
      },
    },
  ],
  reconcile,
};
