/**
 * May this engine lower a process's OOM score? Without CAP_SYS_RESOURCE a container with a negative one does not start at all, so the answer is tried
 * once with the pause image. What an agent that died in the middle of it left behind is removed first.
 */
import { randomUUID } from 'node:crypto';
import type { Engine } from './engine.ts';
import { LABEL } from './identity.ts';
import { pauseImage } from './pause-image.ts';

const remove = (engine: Engine, id: string): Promise<unknown> =>
  engine.call('DELETE', `/containers/${id}`, { query: { force: true } }).catch(() => {});

const removeLeftovers = async (engine: Engine, clusterUid: string): Promise<void> => {
  const filters = JSON.stringify({ label: [`${LABEL.cluster}=${clusterUid}`, `${LABEL.role}=probe`] });
  const left = await engine.call<{ Id: string }[]>('GET', '/containers/json', { query: { all: true, filters } });
  await Promise.all(left.map(({ Id }) => remove(engine, Id)));
};

export const mayLowerOomScore = async (engine: Engine, clusterUid: string): Promise<boolean> => {
  await removeLeftovers(engine, clusterUid);
  const { Id: id } = await engine.call<{ Id: string }>('POST', '/containers/create', {
    query: { name: `kedge_oom-probe_${randomUUID().slice(0, 8)}` },
    body: {
      Image: pauseImage,
      Labels: { [LABEL.cluster]: clusterUid, [LABEL.role]: 'probe' },
      HostConfig: { NetworkMode: 'none', OomScoreAdj: -997, LogConfig: { Type: 'none' } },
    },
  });
  try {
    await engine.call('POST', `/containers/${id}/start`);
    return true;
  } catch {
    return false;
  } finally {
    await remove(engine, id);
  }
};
