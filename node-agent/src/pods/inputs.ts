/** Which objects of the view a pod's files and variables come from. */
import type { Pod } from '#schema/core/pod.ts';
import { type ViewKey, viewKey } from '#schema/sync/protocol.ts';
import { claimNameOf } from '../volumes/persistent.ts';
import { containersIn } from './plan/containers.ts';

export const inputsOf = (pod: Pod): Set<ViewKey> => {
  const { namespace } = pod.metadata;
  const keys = new Set<ViewKey>();
  const configMap = (name: string | undefined) => name && keys.add(viewKey('core/configmaps', namespace, name));
  const secret = (name: string | undefined) => name && keys.add(viewKey('core/secrets', namespace, name));
  for (const volume of pod.spec.volumes ?? []) {
    configMap(volume.configMap?.name);
    secret(volume.secret?.secretName);
    const claim = claimNameOf(volume, pod.metadata.name!);
    if (claim) keys.add(viewKey('core/persistentvolumeclaims', namespace, claim));
    for (const source of volume.projected?.sources ?? []) {
      configMap(source.configMap?.name);
      secret(source.secret?.name);
    }
  }
  for (const container of [...pod.spec.containers, ...(pod.spec.initContainers ?? []), ...containersIn(pod, 'ephemeralContainers')]) {
    for (const from of container.envFrom ?? []) {
      configMap(from.configMapRef?.name);
      secret(from.secretRef?.name);
    }
    for (const { valueFrom } of container.env ?? []) {
      configMap(valueFrom?.configMapKeyRef?.name);
      secret(valueFrom?.secretKeyRef?.name);
    }
  }
  return keys;
};

/** Does a file of the pod show its own labels or annotations? */
export const showsOwnMetadata = (pod: Pod): boolean =>
  (pod.spec.volumes ?? []).some((volume) => volume.downwardAPI ?? volume.projected?.sources?.some((source) => source.downwardAPI));
