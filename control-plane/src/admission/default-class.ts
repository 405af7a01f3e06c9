/**
 * DefaultStorageClass and DefaultIngressClass: a claim or an Ingress that names no class gets the one marked as default. Of several the newest
 * wins for claims; for an Ingress several are an error.
 */
import type { KubeObject } from '#schema/resource.ts';
import { forbidden } from '../apiserver/errors.ts';
import type { AdmissionStep, ListKey } from './admission.ts';
import { isCreateOf } from './requests.ts';

const defaultsOf = (list: readonly KubeObject[], annotation: string): KubeObject[] =>
  list.filter(({ metadata }) => metadata.annotations?.[annotation] === 'true');

const storageClasses: ListKey = { resource: 'storage.k8s.io/storageclasses', namespace: '' };
const STORAGE_DEFAULT = 'storageclass.kubernetes.io/is-default-class';
/** Before storageClassName this annotation named the class. */
const BETA_CLASS = 'volume.beta.kubernetes.io/storage-class';

const newestFirst = (a: KubeObject, b: KubeObject): number =>
  a.metadata.creationTimestamp === b.metadata.creationTimestamp
    ? a.metadata.name! < b.metadata.name!
      ? -1
      : 1
    : (a.metadata.creationTimestamp ?? '') > (b.metadata.creationTimestamp ?? '')
      ? -1
      : 1;

export const defaultStorageClass: AdmissionStep = {
  name: 'DefaultStorageClass',
  lists: (request) => (isCreateOf(request, 'core/persistentvolumeclaims') ? [storageClasses] : []),
  mutate: (request, { list }) => {
    if (!isCreateOf(request, 'core/persistentvolumeclaims')) return;
    const { spec, metadata } = request.object;
    if (spec.storageClassName !== undefined || metadata.annotations?.[BETA_CLASS] !== undefined) return;
    const [found] = defaultsOf(list(storageClasses), STORAGE_DEFAULT).sort(newestFirst);
    if (found) spec.storageClassName = found.metadata.name;
  },
};

const ingressClasses: ListKey = { resource: 'networking.k8s.io/ingressclasses', namespace: '' };
const INGRESS_DEFAULT = 'ingressclass.kubernetes.io/is-default-class';
const OLD_CLASS = 'kubernetes.io/ingress.class';

export const defaultIngressClass: AdmissionStep = {
  name: 'DefaultIngressClass',
  lists: (request) => (isCreateOf(request, 'networking.k8s.io/ingresses') ? [ingressClasses] : []),
  mutate: (request, { list }) => {
    if (!isCreateOf(request, 'networking.k8s.io/ingresses')) return;
    const { spec, metadata } = request.object;
    if (spec.ingressClassName !== undefined || metadata.annotations?.[OLD_CLASS] !== undefined) return;
    const found = defaultsOf(list(ingressClasses), INGRESS_DEFAULT);
    if (found.length > 1) {
      throw forbidden(request.definition, request.name, `${found.length} default IngressClasses were found, only 1 allowed`);
    }
    if (found[0]) spec.ingressClassName = found[0].metadata.name;
  },
};
