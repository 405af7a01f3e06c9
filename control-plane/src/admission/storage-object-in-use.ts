/** StorageObjectInUseProtection: claims and volumes get the finalizer that keeps them while they are used (controllers/volume-protection). */
import { storageKey } from '#schema/resource.ts';
import type { AdmissionStep } from './admission.ts';

const finalizers: Readonly<Record<string, string>> = {
  'core/persistentvolumeclaims': 'kubernetes.io/pvc-protection',
  'core/persistentvolumes': 'kubernetes.io/pv-protection',
};

export const storageObjectInUse: AdmissionStep = {
  name: 'StorageObjectInUseProtection',
  mutate: ({ operation, definition, subresource, object }) => {
    const finalizer = finalizers[storageKey(definition)];
    if (operation !== 'create' || subresource || !finalizer || object.metadata.finalizers?.includes(finalizer)) return;
    object.metadata.finalizers = [...(object.metadata.finalizers ?? []), finalizer];
  },
};
