/**
 * A pause container that does nothing but be in the pod network the ordinary way: to Docker a network whose members the agent connects itself looks
 * unused, and `docker system prune` would take it from under running pods. Docker itself starts it again after a restart. It goes with the network
 * (network/cleanup.ts), found by its own label, as it is no pod's.
 */
import { type Engine, isConflict } from './engine.ts';
import { pauseImage } from './pause-image.ts';

export const HOLDER_LABEL = 'kedge.dev/network';

/** Idempotent. */
export const holdNetwork = async (engine: Engine, network: string, clusterUid: string): Promise<void> => {
  const name = `kedge_network_${clusterUid.replaceAll('-', '').slice(0, 12)}`;
  const body = {
    Image: pauseImage,
    Labels: { [HOLDER_LABEL]: clusterUid },
    HostConfig: {
      NetworkMode: network,
      RestartPolicy: { Name: 'unless-stopped' },
      LogConfig: { Type: 'none' },
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
    },
  };
  await engine.call('POST', '/containers/create', { query: { name }, body }).catch((error: unknown) => {
    if (!isConflict(error)) throw error;
  });
  await engine.call('POST', `/containers/${name}/start`);
};
