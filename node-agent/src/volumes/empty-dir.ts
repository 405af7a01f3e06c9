/** A folder that lives as long as the pod, on disk or in memory. */
import { chmod, chown, mkdir } from 'node:fs/promises';
import type { VolumeType } from './volume.ts';

export const emptyDirVolume: VolumeType = {
  field: 'emptyDir',
  plugin: 'empty-dir',
  async prepare(volume, context) {
    const dir = volume.emptyDir?.medium === 'Memory' ? context.memoryDir : context.diskDir;
    const made = await mkdir(dir, { recursive: true });
    const group = context.pod.spec.securityContext?.fsGroup;
    if (made !== undefined) {
      if (group !== undefined) await chown(dir, process.getuid?.() ?? 0, group);
      await chmod(dir, group === undefined ? 0o777 : 0o2777);
    }
    return { hostPath: dir };
  },
};
