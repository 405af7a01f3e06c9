/**
 * ServiceAccount: every pod runs as a service account that exists, and gets its API credentials as a projected volume.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#service-account-admission-controller
 */
import { storageKey } from '#schema/resource.ts';
import { forbidden, NotYet } from '../apiserver/errors.ts';
import { randomSuffix } from '../registry/names.ts';
import type { ObjectKey } from '../store/store.ts';
import type { AdmissionRequest, AdmissionStep } from './admission.ts';
import { namespaceKey, namespaceRefusal } from './namespace-lifecycle.ts';

const tokenMountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
const tokenExpirationSeconds = 3607;
const mirrorAnnotation = 'kubernetes.io/config.mirror';

const isPodCreate = ({ operation, definition, subresource, object }: AdmissionRequest): boolean =>
  operation === 'create' &&
  !subresource &&
  storageKey(definition) === 'core/pods' &&
  object.spec !== undefined &&
  !object.metadata.annotations?.[mirrorAnnotation];

const accountName = (request: AdmissionRequest): string =>
  request.object.spec.serviceAccountName || request.object.spec.serviceAccount || 'default';

const accountKey = (request: AdmissionRequest): ObjectKey => ({
  resource: 'core/serviceaccounts',
  namespace: request.namespace,
  name: accountName(request),
});

/** The volume a kubelet fills with token, CA and namespace. */
const tokenVolume = (name: string) => ({
  name,
  projected: {
    defaultMode: 0o644,
    sources: [
      { serviceAccountToken: { expirationSeconds: tokenExpirationSeconds, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
    ],
  },
});

export const serviceAccount: AdmissionStep = {
  name: 'ServiceAccount',
  // The namespace too, because a missing one explains a missing account better.
  reads: (request) => (isPodCreate(request) ? [accountKey(request), namespaceKey(request.namespace)] : []),
  mutate: (request, { lookup, random }) => {
    if (!isPodCreate(request)) return;
    const { definition, namespace, name, object } = request;
    const { spec } = object;
    const wanted = accountName(request);
    const account = lookup(accountKey(request));
    if (!account) {
      const refusal = namespaceRefusal(definition, name, namespace, lookup(namespaceKey(namespace)));
      if (refusal) throw refusal;
      const missing = forbidden(
        definition,
        name,
        `error looking up service account ${namespace}/${wanted}: serviceaccount "${wanted}" not found`,
      );
      // A new namespace gets its default account a moment later.
      throw wanted === 'default' ? new NotYet(missing) : missing;
    }
    spec.serviceAccountName = wanted;
    spec.serviceAccount = wanted;
    if (!spec.imagePullSecrets?.length && account.imagePullSecrets?.length) {
      spec.imagePullSecrets = structuredClone(account.imagePullSecrets);
    }
    const automount = spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;
    if (!automount) return;
    const containers: any[] = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
    const without = containers.filter((c) => !(c.volumeMounts ?? []).some((m: any) => m.mountPath === tokenMountPath));
    if (without.length === 0) return;
    const existing = (spec.volumes ?? []).find((v: any) => v.name?.startsWith('kube-api-access-'));
    const volume = existing?.name ?? `kube-api-access-${randomSuffix(random)}`;
    for (const container of without) {
      container.volumeMounts = [...(container.volumeMounts ?? []), { name: volume, readOnly: true, mountPath: tokenMountPath }];
    }
    if (!existing) spec.volumes = [...(spec.volumes ?? []), tokenVolume(volume)];
  },
};
