/** A Secret as files, in memory where the machine can; its parent folder is the agent's alone. */
import type { Secret } from '#schema/core/secret.ts';
import { DEFAULT_MODE, type KeySelection, selectKeys } from './keys.ts';
import { type Payload, writePayload } from './payload.ts';
import { type VolumeContext, VolumeError, type VolumeType } from './volume.ts';

export const secretPayload = (name: string, selection: KeySelection, context: VolumeContext): Payload => {
  const found = context.object<Secret>('core/secrets', name);
  if (!found) {
    if (selection.optional) return new Map();
    throw new VolumeError(`secret "${name}" not found`);
  }
  const values = new Map(Object.entries(found.data ?? {}).map(([key, base64]) => [key, Buffer.from(base64, 'base64') as Uint8Array]));
  return selectKeys(values, selection, `secret "${name}"`);
};

export const secretVolume: VolumeType = {
  field: 'secret',
  plugin: 'secret',
  async prepare(volume, context) {
    const source = volume.secret!;
    const selection = {
      items: source.items,
      defaultMode: source.defaultMode ?? DEFAULT_MODE,
      optional: source.optional ?? false,
    } as KeySelection;
    await writePayload(
      context.memoryDir,
      secretPayload(source.secretName ?? '', selection, context),
      context.pod.spec.securityContext?.fsGroup,
    );
    return { hostPath: context.memoryDir, readOnly: true };
  },
};
