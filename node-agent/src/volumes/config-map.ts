/** A ConfigMap as files, following its changes. */
import type { ConfigMap } from '#schema/core/config-map.ts';
import { DEFAULT_MODE, type KeySelection, selectKeys } from './keys.ts';
import { type Payload, writePayload } from './payload.ts';
import { type VolumeContext, VolumeError, type VolumeType } from './volume.ts';

export const configMapPayload = (name: string, selection: KeySelection, context: VolumeContext): Payload => {
  const found = context.object<ConfigMap>('core/configmaps', name);
  if (!found) {
    if (selection.optional) return new Map();
    throw new VolumeError(`configmap "${name}" not found`);
  }
  const values = new Map<string, Uint8Array>();
  for (const [key, text] of Object.entries(found.data ?? {})) values.set(key, Buffer.from(text));
  for (const [key, base64] of Object.entries(found.binaryData ?? {})) values.set(key, Buffer.from(base64, 'base64'));
  return selectKeys(values, selection, `configmap "${name}"`);
};

export const configMapVolume: VolumeType = {
  field: 'configMap',
  plugin: 'configmap',
  async prepare(volume, context) {
    const source = volume.configMap!;
    const selection = {
      items: source.items,
      defaultMode: source.defaultMode ?? DEFAULT_MODE,
      optional: source.optional ?? false,
    } as KeySelection;
    await writePayload(context.diskDir, configMapPayload(source.name ?? '', selection, context), context.pod.spec.securityContext?.fsGroup);
    return { hostPath: context.diskDir, readOnly: true };
  },
};
