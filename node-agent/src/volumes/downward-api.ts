/** Fields of the pod as files. */
import type { Container, Pod } from '#schema/core/pod.ts';
import { containerResource, podField } from '../pods/spec/fields.ts';
import { DEFAULT_MODE } from './keys.ts';
import { type Payload, type PayloadFile, writePayload } from './payload.ts';
import { type VolumeContext, VolumeError, type VolumeType } from './volume.ts';

type Items = NonNullable<NonNullable<NonNullable<Pod['spec']['volumes']>[number]['downwardAPI']>['items']>;

const containerOf = (pod: Pod, name: string): Container => {
  const found = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find((container) => container.name === name);
  if (!found) throw new VolumeError(`container ${name} not found`);
  return found;
};

export const downwardPayload = (items: Items, defaultMode: number, context: VolumeContext): Payload => {
  const files = new Map<string, PayloadFile>();
  for (const item of items) {
    const text = item.fieldRef
      ? podField(context.pod, item.fieldRef.fieldPath, context)
      : item.resourceFieldRef
        ? containerResource(containerOf(context.pod, item.resourceFieldRef.containerName ?? ''), item.resourceFieldRef, context.allocatable)
        : '';
    if (text === undefined) throw new VolumeError(`unsupported fieldPath: ${item.fieldRef?.fieldPath ?? item.resourceFieldRef?.resource}`);
    files.set(item.path, { data: Buffer.from(text), mode: item.mode ?? defaultMode });
  }
  return files;
};

export const downwardApiVolume: VolumeType = {
  field: 'downwardAPI',
  plugin: 'downward-api',
  async prepare(volume, context) {
    const source = volume.downwardAPI!;
    const payload = downwardPayload(source.items ?? [], source.defaultMode ?? DEFAULT_MODE, context);
    await writePayload(context.diskDir, payload, context.pod.spec.securityContext?.fsGroup);
    return { hostPath: context.diskDir, readOnly: true };
  },
};
