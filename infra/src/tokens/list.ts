/** What the Secrets of tokens in kube-system say, without the secrets. Pure. */
import { fromNow } from '../duration.ts';
import { tableText } from '../table.ts';

export interface TokenEntry {
  /** What `kedge token revoke` takes. */
  readonly id: string;
  readonly type: 'user' | 'node' | 'join';
  readonly user: string;
  readonly groups: readonly string[];
  /** RFC 3339; absent: never. */
  readonly expires?: string;
  readonly expired: boolean;
  readonly usesLeft?: number;
  readonly description: string;
  readonly created: string;
}

export const ownTokens = 'kedge.dev/token';
export const bootstrapTokens = 'bootstrap.kubernetes.io/token';

const prefixes = [
  [ownTokens, 'kedge-token-'],
  [bootstrapTokens, 'bootstrap-token-'],
] as const;

/** Undefined for a Secret that is no token's. */
export const tokenEntryOf = (secret: any, nowMs: number): TokenEntry | undefined => {
  const [type, prefix] = prefixes.find(([name]) => name === secret.type) ?? [];
  const name: string = secret.metadata?.name ?? '';
  if (!type || !prefix || !name.startsWith(prefix)) return undefined;
  const text = (key: string): string => Buffer.from(secret.data?.[key] ?? '', 'base64').toString('utf8');
  const id = name.slice(prefix.length);
  const expires = text('expiration');
  const uses = text('kedge-uses-left');
  const groups = text(type === ownTokens ? 'groups' : 'auth-extra-groups');
  return {
    id,
    type: type === bootstrapTokens ? 'join' : id.startsWith('node-') ? 'node' : 'user',
    user: text('user'),
    groups: groups.split(',').filter((group) => group !== ''),
    ...(expires ? { expires } : {}),
    expired: expires !== '' && !(Date.parse(expires) > nowMs),
    ...(uses ? { usesLeft: Number(uses) } : {}),
    description: text('description') || (secret.metadata?.annotations?.['kedge.dev/description'] ?? ''),
    created: secret.metadata?.creationTimestamp ?? '',
  };
};

export const tokensText = (entries: readonly TokenEntry[], nowMs: number): string => {
  if (entries.length === 0) return 'There are no tokens: `kedge token create` makes one.';
  const rows = entries.map(({ id, type, user, groups, expires, expired, usesLeft, description }) => [
    ...[id, type, user, groups.join(',')],
    expires ? `${expired ? 'EXPIRED ' : ''}${fromNow(Date.parse(expires), nowMs)}` : 'never',
    [description, usesLeft === undefined ? '' : `${usesLeft} uses left`].filter((part) => part !== '').join(', '),
  ]);
  return tableText(['ID', 'TYPE', 'USER', 'GROUPS', 'EXPIRES', 'ABOUT'], rows);
};

/** The Secret of a token that is named by its id, by itself, or by its node. @returns names to try, best first */
export const secretNames = (named: string): readonly string[] => {
  const parts = named.split('.');
  const id = (parts[0] === 'kdg1' || parts[0] === 'kdj1' ? parts[1] : parts[0]) ?? '';
  return [`kedge-token-${id}`, `bootstrap-token-${id}`];
};
