/** Every volume type a node can make. Adding one is a file and a line here. */
import { configMapVolume } from './config-map.ts';
import { downwardApiVolume } from './downward-api.ts';
import { emptyDirVolume } from './empty-dir.ts';
import { hostPathVolume } from './host-path.ts';
import { claimVolume, ephemeralVolume } from './persistent.ts';
import { projectedVolume } from './projected.ts';
import { secretVolume } from './secret.ts';
import type { TokenCache } from './token.ts';
import type { VolumeType } from './volume.ts';

export const volumeTypes = (tokens: TokenCache): readonly VolumeType[] => [
  emptyDirVolume,
  hostPathVolume,
  configMapVolume,
  secretVolume,
  projectedVolume(tokens),
  downwardApiVolume,
  claimVolume,
  ephemeralVolume,
];
