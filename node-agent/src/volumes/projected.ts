/** Several sources in one folder: service-account token, ConfigMaps, Secrets, pod fields. In memory, because it holds tokens. */
import { join } from 'node:path';
import { configMapPayload } from './config-map.ts';
import { downwardPayload } from './downward-api.ts';
import { DEFAULT_MODE, type KeySelection } from './keys.ts';
import { type PayloadFile, writePayload } from './payload.ts';
import { secretPayload } from './secret.ts';
import type { TokenCache } from './token.ts';
import { VolumeError, type VolumeType } from './volume.ts';

const DEFAULT_TOKEN_SECONDS = 3600;

export const projectedVolume = (tokens: TokenCache): VolumeType => ({
  field: 'projected',
  plugin: 'projected',
  async prepare(volume, context) {
    const source = volume.projected!;
    const defaultMode = source.defaultMode ?? DEFAULT_MODE;
    const payload = new Map<string, PayloadFile>();
    let refreshAtMs: number | undefined;
    const add = (files: Iterable<readonly [string, PayloadFile]>) => {
      for (const [path, file] of files) payload.set(path, file);
    };
    for (const one of source.sources ?? []) {
      const selection = (from: { items?: unknown; optional?: boolean }) =>
        ({ items: from.items, defaultMode, optional: from.optional ?? false }) as KeySelection;
      if (one.configMap) add(configMapPayload(one.configMap.name ?? '', selection(one.configMap), context));
      else if (one.secret) add(secretPayload(one.secret.name ?? '', selection(one.secret), context));
      else if (one.downwardAPI) add(downwardPayload(one.downwardAPI.items ?? [], defaultMode, context));
      else if (one.serviceAccountToken) {
        const { path, audience, expirationSeconds } = one.serviceAccountToken;
        const wish = { audience: audience ?? '', expirationSeconds: expirationSeconds ?? DEFAULT_TOKEN_SECONDS };
        const token = await tokens.get(wish, context, join(context.memoryDir, '..data', path));
        refreshAtMs = Math.min(refreshAtMs ?? token.refreshAtMs, token.refreshAtMs);
        // Only its user may read a token; without a group or user to give it to, everybody in the container must.
        const owned = context.pod.spec.securityContext?.fsGroup !== undefined;
        add([[path, { data: Buffer.from(token.token), mode: owned ? 0o600 : defaultMode }]]);
      } else throw new VolumeError(`projected source ${Object.keys(one).join(', ')} is not supported`);
    }
    await writePayload(context.memoryDir, payload, context.pod.spec.securityContext?.fsGroup);
    return { hostPath: context.memoryDir, readOnly: true, ...(refreshAtMs === undefined ? {} : { refreshAtMs }) };
  },
});
