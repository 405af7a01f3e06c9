/**
 * `POST /apis/kedge.dev/v1/tokens`: makes a token, which needs the cluster's key, and keeps its hash as a Secret in kube-system. The text is in the answer and
 * nowhere else. Whoever asks must be allowed to create Secrets there, and, for a user's token, to impersonate that user and each group: nobody mints more than he
 * could act as. Listing and revoking are ordinary reads and deletes of these Secrets.
 */
import { secrets } from '#schema/core/secret.ts';
import { toRfc3339 } from '#schema/meta/time.ts';
import type { KubeObject } from '#schema/resource.ts';
import type { Server } from '../apiserver/call.ts';
import { badRequest, methodNotAllowed } from '../apiserver/errors.ts';
import { json } from '../apiserver/respond.ts';
import type { Identified } from '../auth/authenticate.ts';
import { forbiddenResource, type ResourceAttributes } from '../auth/authorize.ts';
import { bootstrapType, ownTokenType, tokenNamespace } from '../auth/token-secrets.ts';
import { mintToken, tagKeyId } from '../auth/tokens.ts';
import type { Actor, UserInfo } from '../registry/registry.ts';
import { type Fields, listField, readFields, required, textField, wholeField } from './fields.ts';
import { mintJoinToken } from './join-token.ts';

const DAY_SECONDS = 86_400;
const LONGEST_SECONDS = 10 * 365 * DAY_SECONDS;
const nameForm = /^[^\s,\p{C}]{1,253}$/u;
const nameWhy = 'must be 1 to 253 characters without spaces and commas';
const descriptionForm = /^[^\p{C}]{1,200}$/u;
/** Identities that have their own ways in. */
const reserved = /^system:(node:|serviceaccount:|anonymous$|bootstrap:)/;
const reservedGroups = new Set(['system:nodes', 'system:unauthenticated', 'system:bootstrappers', 'system:serviceaccounts']);

const attributes = (verb: string, resource: string, name: string, namespace = ''): ResourceAttributes => ({
  ...{ verb, group: '', resource, subresource: '', namespace, name, fieldSelector: '' },
});

/** @throws ApiError Forbidden */
const mayAll = async (server: Server, user: UserInfo, asked: readonly ResourceAttributes[]): Promise<void> => {
  for (const request of asked) {
    const { allowed, reason } = await server.authorizer.resource(user, request);
    if (!allowed) throw forbiddenResource(user, request, reason);
  }
};

interface Wanted {
  readonly fields: Fields;
  readonly actor: Actor;
  readonly description: string;
}

const store = async (server: Server, { actor, description }: Wanted, secret: KubeObject): Promise<void> => {
  const annotations: Record<string, string> = description ? { 'kedge.dev/description': description } : {};
  const metadata = { ...secret.metadata, namespace: tokenNamespace, annotations };
  await server.registry.one({
    op: 'create',
    definition: secrets,
    actor,
    object: { apiVersion: 'v1', kind: 'Secret', ...secret, metadata },
  });
};

const expiryOf = (server: Server, seconds: number | undefined): string | undefined =>
  seconds === undefined ? undefined : toRfc3339(server.platform.clock.now() + seconds * 1000);

const mintUser = async (server: Server, wanted: Wanted): Promise<unknown> => {
  const { fields, actor } = wanted;
  const user = required(textField(fields, 'user', nameForm, nameWhy), 'user');
  const groups = listField(fields, 'groups', nameForm, nameWhy);
  const expires = expiryOf(server, wholeField(fields, 'ttlSeconds', [60, LONGEST_SECONDS]));
  if (reserved.test(user))
    throw badRequest(`user: ${JSON.stringify(user)} gets its credential elsewhere (nodes join, service accounts have tokens)`);
  const taken = groups.find((group) => reservedGroups.has(group));
  if (taken !== undefined) throw badRequest(`groups: ${JSON.stringify(taken)} is given by authentication alone`);
  await mayAll(server, actor.user, [
    attributes('impersonate', 'users', user),
    ...groups.map((group) => attributes('impersonate', 'groups', group)),
  ]);
  const { keys, random } = server.platform;
  const { token, id, sha256 } = await mintToken(keys.tokenHmacKey, random);
  const tagKey = await tagKeyId(keys.tokenHmacKey);
  const stringData = { sha256, user, groups: groups.join(','), 'tag-key': tagKey, ...(expires ? { expiration: expires } : {}) };
  await store(server, wanted, { metadata: { name: `kedge-token-${id}` }, type: ownTokenType, stringData } as unknown as KubeObject);
  return { type: 'user', id, token, user, groups, ...(expires ? { expires } : {}) };
};

const mintJoin = async (server: Server, wanted: Wanted): Promise<unknown> => {
  const { fields, description } = wanted;
  const expires = expiryOf(server, wholeField(fields, 'ttlSeconds', [60, LONGEST_SECONDS]) ?? DAY_SECONDS)!;
  const uses = wholeField(fields, 'uses', [1, 100_000]);
  const { keys, random } = server.platform;
  const { id, secret, token } = await mintJoinToken(keys.tokenHmacKey, random);
  const stringData = {
    'token-id': id,
    'token-secret': secret,
    expiration: expires,
    'usage-bootstrap-authentication': 'true',
    'auth-extra-groups': 'system:bootstrappers:kedge:nodes',
    description: description || 'joins nodes',
    'kedge-tag-key': await tagKeyId(keys.tokenHmacKey),
    ...(uses === undefined ? {} : { 'kedge-uses-left': String(uses) }),
  };
  await store(server, wanted, { metadata: { name: `bootstrap-token-${id}` }, type: bootstrapType, stringData } as unknown as KubeObject);
  return { type: 'join', id, token, expires, ...(uses === undefined ? {} : { uses }) };
};

/** @throws ApiError */
export const mintEndpoint = async (server: Server, request: Request, { user }: Identified): Promise<Response> => {
  if (request.method !== 'POST') throw methodNotAllowed();
  const fields = await readFields(request, 'TokenRequest');
  const type = textField(fields, 'type', /^(user|join)$/, 'must be "user" or "join"') ?? 'user';
  const description = textField(fields, 'description', descriptionForm, 'must be at most 200 printable characters') ?? '';
  await mayAll(server, user, [attributes('create', 'secrets', '', tokenNamespace)]);
  const wanted: Wanted = { fields, description, actor: { user, fieldManager: 'kedge-token' } };
  const minted = await (type === 'join' ? mintJoin(server, wanted) : mintUser(server, wanted));
  return json({ kind: 'Token', apiVersion: 'kedge.dev/v1', ...(minted as object) }, 201);
};
