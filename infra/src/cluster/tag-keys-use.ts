/**
 * Which keys of Kedge's own tokens are still needed: each Secret of a token names the key that made its tag, and the folder's own two tokens are looked at. A Secret
 * of before keys could be changed names none, and counts for every earlier key.
 */
import { checkTag, tagKeyId } from '#control-plane/auth/tokens.ts';
import type { KeyRing } from '#control-plane/platform/platform.ts';
import type { Api } from '../backup/api.ts';
import { bootstrapTokens, ownTokens } from '../tokens/list.ts';
import { type ClusterFolder, readText } from './folder.ts';
import { tokenOf } from './kubeconfig.ts';
import { verifyingTags } from './rotate-keys.ts';
import { secretsOfType } from './typed-secrets.ts';

export interface TagUse {
  readonly id: string;
  /** Makes the tags of new tokens. */
  readonly tags: boolean;
  /** Unix ms until which it stays at least; absent for the one in use. */
  readonly untilMs?: number;
  /** Living tokens with a tag of it, those in `files` not counted. */
  readonly tokens: number;
  /** Files of the cluster's folder that hold a token with a tag of it. */
  readonly files: readonly string[];
}

const unknown = '';

/** Key ids by living token. */
const tagsInUse = async (api: Pick<Api, 'call'>, nowMs: number): Promise<ReadonlyMap<string, number>> => {
  const counts = new Map<string, number>();
  const count = (id: string): void => void counts.set(id, (counts.get(id) ?? 0) + 1);
  const lives = (end: string): boolean => end === '' || Date.parse(end) > nowMs;
  for (const [type, field] of [
    [ownTokens, 'tag-key'],
    [bootstrapTokens, 'kedge-tag-key'],
  ] as const)
    for await (const { data } of secretsOfType(api, type)) {
      const text = (key: string): string => Buffer.from(data?.[key] ?? '', 'base64').toString('utf8');
      // a bootstrap token that Kedge did not make has no tag
      if (lives(text('expiration')) && (type === ownTokens || text(field) !== '')) count(text(field));
      if (text('previous-expiration') !== '' && lives(text('previous-expiration'))) count(text('previous-tag-key'));
    }
  return counts;
};

const filesWith = async ({ kubeconfig, nodeToken }: ClusterFolder, key: string): Promise<string[]> => {
  const held = [
    { path: kubeconfig, token: tokenOf(readText(kubeconfig) ?? '') },
    { path: nodeToken, token: readText(nodeToken)?.trim() },
  ];
  const found = await Promise.all(held.map(async ({ token }) => token && (await checkTag({ tokenHmacKey: key }, token)) !== undefined));
  return held.flatMap(({ path }, index) => (found[index] ? [path] : []));
};

export const readTagUse = async (
  api: Pick<Api, 'call'>,
  { ring, folder, nowMs }: { readonly ring: KeyRing; readonly folder: ClusterFolder; readonly nowMs: number },
): Promise<readonly TagUse[]> => {
  const earlier = verifyingTags(ring);
  const newest = await tagKeyId(ring.tokenHmacKey);
  const counts = earlier.length > 0 ? await tagsInUse(api, nowMs) : new Map<string, number>();
  return [
    { id: newest, tags: true, tokens: counts.get(newest) ?? 0, files: [] },
    ...(await Promise.all(
      earlier.map(async ({ key, untilMs }) => {
        const id = await tagKeyId(key);
        return {
          id,
          tags: false,
          ...(untilMs === undefined ? {} : { untilMs }),
          tokens: (counts.get(id) ?? 0) + (counts.get(unknown) ?? 0),
          files: await filesWith(folder, key),
        };
      }),
    )),
  ];
};

export const isTagKeyFree = ({ tags, tokens, files, untilMs }: TagUse, nowMs: number): boolean =>
  !tags && tokens === 0 && files.length === 0 && untilMs !== undefined && untilMs <= nowMs;

/** Why an earlier key stays. */
export const whyTagKeyStays = ({ tokens, files, untilMs }: TagUse, nowMs: number): string =>
  [
    ...(tokens > 0 ? [`${tokens} living tokens have a tag of it (\`kedge token list\`; nodes renew theirs within 90 days)`] : []),
    ...files.map(
      (path) => `${path} holds a token with a tag of it: delete that file, and the next \`kedge up\` or \`deploy\` makes another`,
    ),
    ...(tokens === 0 && files.length === 0 ? [`it is kept until ${new Date(untilMs ?? nowMs).toISOString()}`] : []),
  ].join('; ');
