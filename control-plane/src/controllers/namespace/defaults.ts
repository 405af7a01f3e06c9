/** What every namespace holds from the start: the service account `default` and the cluster's CA certificate. */
import { configMaps } from '#schema/core/config-map.ts';
import { serviceAccounts } from '#schema/core/service-account.ts';
import { equalJson } from '#schema/dsl/own.ts';
import type { Change } from '../../controller-runtime/controller.ts';

import type { Snapshot } from '../../controller-runtime/snapshot.ts';

export const SERVICE_ACCOUNT = 'default';
export const ROOT_CA = 'kube-root-ca.crt';

const description =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

/** `namespaceUid` guards the creates: nothing is put into a namespace that is gone or going. */
export const defaultObjects = (snapshot: Snapshot, namespace: string, namespaceUid: string, rootCA: string): Change[] => {
  const changes: Change[] = [];
  if (!snapshot.get('core/serviceaccounts', namespace, SERVICE_ACCOUNT)) {
    const object = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: SERVICE_ACCOUNT, namespace } };
    changes.push({ op: 'create', definition: serviceAccounts, object, ownerUid: namespaceUid });
  }
  const data = { 'ca.crt': rootCA };
  const current = snapshot.get('core/configmaps', namespace, ROOT_CA);
  if (!current) {
    const metadata = { name: ROOT_CA, namespace, annotations: { 'kubernetes.io/description': description } };
    changes.push({
      op: 'create',
      definition: configMaps,
      object: { apiVersion: 'v1', kind: 'ConfigMap', metadata, data },
      ownerUid: namespaceUid,
    });
  } else if (!current.metadata.deletionTimestamp && !equalJson(current.data, data)) {
    changes.push({ op: 'update', definition: configMaps, object: { ...current, data } });
  }
  return changes;
};
