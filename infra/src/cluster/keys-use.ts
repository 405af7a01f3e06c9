/** What still needs the keys of a cluster, as its control plane counts it, and which may go. Ids and counts; a key itself is never said. */

import { decodeProtectedHeader } from 'jose';
import { accountTokenType } from '#control-plane/auth/legacy-tokens.ts';
import type { KeyRing } from '#control-plane/platform/platform.ts';
import type { KeyStatus } from '#control-plane/sealing/keys-endpoint.ts';
import type { Api } from '../backup/api.ts';
import { tableText } from '../table.ts';
import type { ClusterFolder } from './folder.ts';
import { verifying } from './rotate-keys.ts';
import { isTagKeyFree, readTagUse, type TagUse } from './tag-keys-use.ts';
import { secretsOfType } from './typed-secrets.ts';

export interface SigningUse {
  readonly kid: string;
  readonly signs: boolean;
  /** Unix ms; absent for the one that signs. */
  readonly untilMs?: number;
  /** Secrets whose token without an end it signed. */
  readonly secrets: number;
}

export interface KeysUse {
  readonly sealing: KeyStatus['sealing'];
  readonly signing: readonly SigningUse[];
  readonly tagging: readonly TagUse[];
}

const path = '/apis/kedge.dev/v1/keys';

export const readStatus = (api: Pick<Api, 'call'>): Promise<KeyStatus> => api.call('GET', path);
export const resealOnce = (api: Pick<Api, 'call'>): Promise<{ resealed: number; failed: number; more: boolean }> => api.call('POST', path);

const kidOf = (token: string): string => {
  try {
    return decodeProtectedHeader(Buffer.from(token, 'base64').toString('utf8')).kid ?? '';
  } catch {
    return '';
  }
};

/** By the id of the key that signed them. */
const accountTokens = async (api: Pick<Api, 'call'>): Promise<ReadonlyMap<string, number>> => {
  const counts = new Map<string, number>();
  for await (const { data } of secretsOfType(api, accountTokenType)) {
    const kid = kidOf(data?.token ?? '');
    counts.set(kid, (counts.get(kid) ?? 0) + 1);
  }
  return counts;
};

export const readUse = async (
  api: Pick<Api, 'call'>,
  of: { readonly ring: KeyRing; readonly folder: ClusterFolder; readonly nowMs: number },
): Promise<KeysUse> => {
  const { ring } = of;
  const { sealing, signing } = await readStatus(api);
  const secrets = signing.length > 1 ? await accountTokens(api) : new Map<string, number>();
  const ends = new Map(verifying(ring).map((key) => [String(key.kid), key.untilMs]));
  return {
    sealing,
    tagging: await readTagUse(api, of),
    signing: signing.map(({ kid, signs }) => {
      const untilMs = ends.get(kid);
      return { kid, signs, secrets: secrets.get(kid) ?? 0, ...(untilMs === undefined ? {} : { untilMs }) };
    }),
  };
};

/** Ids of keys that nothing needs any more. */
export const droppable = ({ sealing, signing, tagging }: KeysUse, nowMs: number): ReadonlySet<string> =>
  new Set([
    ...sealing.filter((key) => !key.seals && !key.missing && key.objects + key.versions === 0).map(({ id }) => id),
    ...signing.filter((key) => !key.signs && key.secrets === 0 && key.untilMs !== undefined && key.untilMs <= nowMs).map(({ kid }) => kid),
    ...tagging.filter((key) => isTagKeyFree(key, nowMs)).map(({ id }) => id),
  ]);

export const useText = (use: KeysUse, nowMs: number): string => {
  const free = droppable(use, nowMs);
  const sealing = use.sealing.map((key) => [
    key.id,
    key.seals ? 'seals' : key.missing ? 'MISSING: what it sealed cannot be opened' : free.has(key.id) ? 'may be dropped' : 'opens',
    String(key.objects),
    String(key.versions),
  ]);
  const signing = use.signing.map((key) => [
    key.kid.slice(0, 12),
    key.signs ? 'signs' : free.has(key.kid) ? 'may be dropped' : 'verifies',
    key.untilMs === undefined ? '' : new Date(key.untilMs).toISOString().slice(0, 10),
    String(key.secrets),
  ]);
  const tagging = use.tagging.map((key) => [
    key.id,
    key.tags ? 'tags' : free.has(key.id) ? 'may be dropped' : 'verifies',
    key.untilMs === undefined ? '' : new Date(key.untilMs).toISOString().slice(0, 10),
    String(key.tokens + key.files.length),
  ]);
  return [
    tableText(['SEALING KEY', 'STATE', 'OBJECTS', 'KEPT VERSIONS'], sealing),
    '',
    tableText(['SIGNING KEY', 'STATE', 'UNTIL', 'TOKENS IN SECRETS'], signing),
    '',
    tableText(['TOKEN KEY', 'STATE', 'NOT BEFORE', 'TOKENS'], tagging),
  ].join('\n');
};
