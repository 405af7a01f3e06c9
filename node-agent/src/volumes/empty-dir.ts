/** A folder that lives as long as the pod, on disk or in memory; in memory it has a size of its own where the agent may mount. */
import { chmod, chown, mkdir } from 'node:fs/promises';
import { memorySizeBytes, mountMemory } from './memory-mount.ts';
import type { VolumeType } from './volume.ts';

export const emptyDirVolume: VolumeType = {
  field: 'emptyDir',
  plugin: 'empty-dir',
  async prepare(volume, context) {
    const isInMemory = volume.emptyDir?.medium === 'Memory';
    const dir = isInMemory ? context.memoryDir : context.diskDir;
    const made = await mkdir(dir, { recursive: true });
    const group = context.pod.spec.securityContext?.fsGroup;
    if (made !== undefined) {
      // only what is new: containers may run on a folder of before
      const bytes = isInMemory ? memorySizeBytes(volume, context.pod, context.allocatable) : 0;
      if (bytes > 0) await mountMemory(dir, bytes);
      if (group !== undefined) await chown(dir, process.getuid?.() ?? 0, group);
      await chmod(dir, group === undefined ? 0o777 : 0o2777);
    }
    return { hostPath: dir };
  },
};
