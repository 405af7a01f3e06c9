/**
 * `/apis/kedge.dev/v1/keys`: which keys seal and sign, and what still needs the earlier ones (`GET`); one round of sealing anew (`POST`), which `kedge keys rotate`
 * says until nothing is left. For administrators, or a role with `post` on this path. Ids and counts alone: no key ever leaves the control plane.
 */
import type { Server } from '../apiserver/call.ts';
import { methodNotAllowed, unknownPath } from '../apiserver/errors.ts';
import { json } from '../apiserver/respond.ts';
import type { Identified } from '../auth/authenticate.ts';
import { verifyingKeys } from '../auth/verifying-keys.ts';
import { assertMayPath } from '../history/access.ts';
import { resealRound, sealedResources } from './reseal.ts';

const PATH = '/apis/kedge.dev/v1/keys';

export interface SealingKeyStatus {
  readonly id: string;
  /** New objects and changes are sealed with it. */
  readonly seals: boolean;
  /** Living objects, and kept versions, that it alone opens. */
  readonly objects: number;
  readonly versions: number;
  /** The database needs it and the control plane does not have it. */
  readonly missing?: true;
}

export interface KeyStatus {
  readonly kind: 'KeyStatus';
  readonly apiVersion: 'kedge.dev/v1';
  readonly sealing: readonly SealingKeyStatus[];
  readonly signing: readonly { readonly kid: string; readonly signs: boolean }[];
}

const statusOf = async ({ platform: { store, keys } }: Server): Promise<KeyStatus> => {
  const uses = new Map((await store.sealedRows!.uses(sealedResources)).map((use) => [use.keyId, use]));
  const ids = keys.sealingKeys.map(({ id }) => id);
  const unknown = [...uses.keys()].filter((id) => !ids.includes(id));
  return {
    kind: 'KeyStatus',
    apiVersion: 'kedge.dev/v1',
    sealing: [...ids, ...unknown].map((id, index) => ({
      id,
      seals: index === 0,
      objects: uses.get(id)?.objects ?? 0,
      versions: uses.get(id)?.versions ?? 0,
      ...(ids.includes(id) ? {} : { missing: true }),
    })),
    signing: verifyingKeys(keys).map(({ kid }, index) => ({ kid: String(kid ?? ''), signs: index === 0 })),
  };
};

/** @throws ApiError */
export const keysEndpoint = async (server: Server, request: Request, { user }: Identified): Promise<Response> => {
  // also to look: everybody may `get` below /apis
  await assertMayPath(server, user, 'post', PATH);
  if (!server.platform.store.sealedRows) throw unknownPath();
  if (request.method === 'GET') return json(await statusOf(server));
  if (request.method !== 'POST') throw methodNotAllowed();
  const { platform, registry } = server;
  return json({ kind: 'ResealResult', apiVersion: 'kedge.dev/v1', ...(await resealRound({ platform, registry }, { again: true })) });
};
