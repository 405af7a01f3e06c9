/**
 * Tokens whose stored half is a Secret: Kedge's own beyond the configured ones (`kedge-token-<id>`, only a hash), and bootstrap tokens
 * (`bootstrap-token-<id>`), both in kube-system. Deleting the Secret revokes the token within seconds.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/
 */
import { decodeBase64 } from '#schema/dsl/base64.ts';
import { parseTimestamp } from '#schema/dsl/timestamp.ts';
import { decodeUtf8 } from '#schema/dsl/utf8.ts';
import type { UserInfo } from '../registry/registry.ts';
import type { BodyCodec } from '../registry/sealed.ts';
import type { ObjectKey, Store } from '../store/store.ts';
import { sameText } from './encoding.ts';
import type { TokenLookup } from './tokens.ts';

export const tokenNamespace = 'kube-system';
const NAMESPACE = tokenNamespace;
export const ownTokenType = 'kedge.dev/token';
export const bootstrapType = 'bootstrap.kubernetes.io/token';
const bootstrapForm = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const bootstrapGroup = 'system:bootstrappers';
const extraGroup = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

export interface FoundSecret {
  readonly uid: string;
  readonly type: string;
  /** The value of a key as text; '' when it is absent. */
  readonly text: (key: string) => string;
}

export type SecretReader = (namespace: string, name: string) => Promise<FoundSecret | undefined>;

export const secretReader =
  (store: Pick<Store, 'get'>, bodies: BodyCodec): SecretReader =>
  async (namespace, name) => {
    const key: ObjectKey = { resource: 'core/secrets', namespace, name };
    const stored = await store.get(key);
    if (!stored) return undefined;
    const secret = JSON.parse(await bodies.open(stored, stored.body));
    if (secret.metadata?.deletionTimestamp) return undefined;
    const text = (field: string): string => {
      const value = secret.data?.[field];
      return typeof value === 'string' ? decodeUtf8(decodeBase64(value)) : '';
    };
    return { uid: stored.uid, type: secret.type ?? '', text };
  };

const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** Unix ms; absent: never. A text that is no time is one that is over. */
export const expiryOf = (text: string): number | undefined => {
  if (text === '') return undefined;
  const parsed = parseTimestamp(text);
  return parsed ? parsed.seconds * 1000 : 0;
};

/**
 * Finds `kedge-token-<id>`: type `kedge.dev/token`, data `sha256` (hex, of the whole token text), `user`, `groups` (comma separated) and, if it
 * ends by itself, `expiration` (RFC 3339). A renewed one also has `previous-sha256` and `previous-expiration`.
 */
export const storedTokens =
  (read: SecretReader, now: () => number): TokenLookup =>
  async (id) => {
    const secret = await read(NAMESPACE, `kedge-token-${id}`);
    if (secret?.type !== ownTokenType) return undefined;
    const expiresMs = expiryOf(secret.text('expiration'));
    if (expiresMs !== undefined && expiresMs <= now()) return undefined;
    const untilMs = expiryOf(secret.text('previous-expiration')) ?? 0;
    const previous = untilMs > now() ? { previous: { sha256: secret.text('previous-sha256'), untilMs } } : {};
    return {
      ...previous,
      id,
      sha256: secret.text('sha256'),
      user: secret.text('user'),
      groups: listOf(secret.text('groups')),
      ...(expiresMs === undefined ? {} : { expiresMs }),
    };
  };

/** The credential that ends when this Secret is deleted, if it is one's stored half. */
export const credentialOfSecret = (namespace: string, name: string): string | undefined => {
  if (namespace !== NAMESPACE) return undefined;
  if (name.startsWith('kedge-token-')) return name.slice('kedge-token-'.length);
  return name.startsWith('bootstrap-token-') ? `bootstrap:${name.slice('bootstrap-token-'.length)}` : undefined;
};

export interface BootstrapUser {
  readonly user: UserInfo;
  readonly credentialId: string;
  readonly expiresMs?: number;
}

export const isBootstrapToken = (token: string): boolean => bootstrapForm.test(token);

/** Undefined for a token that is none, unknown, over, or not meant for authentication. */
export const findBootstrapUser = async (read: SecretReader, token: string, nowMs: number): Promise<BootstrapUser | undefined> => {
  const [, id = '', given = ''] = bootstrapForm.exec(token) ?? [];
  const secret = id ? await read(NAMESPACE, `bootstrap-token-${id}`) : undefined;
  if (secret?.type !== bootstrapType || secret.text('token-id') !== id) return undefined;
  if (!sameText(secret.text('token-secret'), given) || secret.text('usage-bootstrap-authentication') !== 'true') return undefined;
  const expiresMs = expiryOf(secret.text('expiration'));
  if (expiresMs !== undefined && expiresMs <= nowMs) return undefined;
  const groups = listOf(secret.text('auth-extra-groups'));
  if (!groups.every((group) => extraGroup.test(group))) return undefined;
  return {
    user: { name: `system:bootstrap:${id}`, groups: [bootstrapGroup, ...groups] },
    credentialId: `bootstrap:${id}`,
    ...(expiresMs === undefined ? {} : { expiresMs }),
  };
};
