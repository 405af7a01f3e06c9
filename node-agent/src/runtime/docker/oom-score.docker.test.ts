import { randomUUID } from 'node:crypto';
import Docker from 'dockerode';
import { expect, it } from 'vitest';
import { createEngine } from './engine.ts';
import { LABEL, ofCluster } from './identity.ts';
import { ensurePauseImage } from './images.ts';
import { mayLowerOomScore } from './oom-score.ts';
import { pauseImage } from './pause-image.ts';

it('leaves no container behind, not even of an agent that died while it tried', async () => {
  const docker = new Docker();
  const engine = createEngine(docker);
  await ensurePauseImage(engine, process.arch === 'arm64' ? 'arm64' : 'amd64');
  const [ours, foreign] = [randomUUID(), randomUUID()];
  const leave = (clusterUid: string) =>
    docker.createContainer({
      Image: pauseImage,
      Labels: { [LABEL.cluster]: clusterUid, [LABEL.role]: 'probe' },
      HostConfig: { NetworkMode: 'none' },
    });
  const left = await Promise.all([leave(ours), leave(foreign)]);
  try {
    expect(typeof (await mayLowerOomScore(engine, ours))).toBe('boolean');
    expect(await docker.listContainers({ all: true, filters: ofCluster(ours) })).toEqual([]);
    expect(await docker.listContainers({ all: true, filters: ofCluster(foreign) })).toHaveLength(1);
  } finally {
    await Promise.all(left.map((container) => container.remove({ force: true }).catch(() => undefined)));
  }
});
