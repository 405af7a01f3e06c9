/**
 * A node's own credential: one Secret `kube-system/kedge-token-node-<hash of the name>` a node, so that its create is the claim of the name. It is bound to the
 * machine that joined (a hash of its machine-id and of a key only that machine holds), lives 90 days, is renewed by the node itself, and ends when the Secret is
 * deleted. The text of the token is in the answer and nowhere else.
 */
import { nodes } from '#schema/core/node.ts';
import { secrets } from '#schema/core/secret.ts';
import { encodeBase64 } from '#schema/dsl/base64.ts';
import { encodeUtf8 } from '#schema/dsl/utf8.ts';
import { toRfc3339 } from '#schema/meta/time.ts';
import type { KubeObject } from '#schema/resource.ts';
import type { Server } from '../apiserver/call.ts';
import { ApiError } from '../apiserver/errors.ts';
import { sameText } from '../auth/encoding.ts';
import { ownTokenType, secretReader, tokenNamespace } from '../auth/token-secrets.ts';
import { mintToken, sha256Hex, tagKeyId } from '../auth/tokens.ts';
import type { Actor } from '../registry/registry.ts';

const DAY_MS = 86_400_000;
export const CREDENTIAL_MS = 90 * DAY_MS;
/** How long the credential before the last renewal is still good. */
const PREVIOUS_MS = DAY_MS;
const idPrefix = 'node-';

export const joiner: Actor = { user: { name: 'system:kedge:joining', groups: ['system:masters'] }, fieldManager: 'kedge-join' };

/** The credential's id: the same for a name always. */
export const credentialIdOf = async (node: string): Promise<string> => `${idPrefix}${(await sha256Hex(node)).slice(0, 24)}`;

export const isNodeCredential = (id: string): boolean => id.startsWith(idPrefix);

export interface IssuedCredential {
  readonly token: string;
  /** RFC 3339. */
  readonly expires: string;
}

export interface Machine {
  readonly node: string;
  /** Hex SHA-256 that only this machine can say. */
  readonly machine: string;
}

const refuse = (message: string): never => {
  throw new ApiError('Conflict', message);
};

const keyOf = (id: string) => ({ resource: 'core/secrets', namespace: tokenNamespace, name: `kedge-token-${id}` });

const encoded = (values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, encodeBase64(encodeUtf8(value))]));

/** What keeps this machine from having a credential for the name; undefined: nothing. One or two store calls. */
export const obstacle = async (server: Server, { node, machine }: Machine): Promise<string | undefined> => {
  const { store, bootstrapTokens } = server.platform;
  if (bootstrapTokens.some(({ user }) => user === `system:node:${node}`))
    return `the name ${node} belongs to the machine of the control plane: join with another --node-name`;
  const found = await secretReader(store, server.registry.bodies)(tokenNamespace, keyOf(await credentialIdOf(node)).name);
  if (found)
    return sameText(found.text('machine'), machine)
      ? undefined
      : `another machine has joined as node ${node}: join with another --node-name, or run \`kedge node leave ${node}\` first`;
  const present = await store.get({ resource: 'core/nodes', namespace: '', name: node });
  return present
    ? `there is a node ${node} that this machine did not join as: join with another --node-name, or run \`kedge node leave ${node}\` first`
    : undefined;
};

const mint = async (server: Server, id: string): Promise<IssuedCredential & { readonly data: Record<string, string> }> => {
  const { keys, random, clock } = server.platform;
  const { token, sha256 } = await mintToken(keys.tokenHmacKey, random, id);
  const expires = toRfc3339(clock.now() + CREDENTIAL_MS);
  return { token, expires, data: { sha256, expiration: expires, 'tag-key': await tagKeyId(keys.tokenHmacKey) } };
};

/** A credential for a name that `obstacle` found free or this machine's. The one before it, if any, ends. @throws ApiError Conflict when another machine was faster */
export const issueCredential = async (server: Server, { node, machine }: Machine): Promise<IssuedCredential> => {
  const id = await credentialIdOf(node);
  const { token, expires, data } = await mint(server, id);
  const common = { ...data, user: `system:node:${node}`, groups: 'system:nodes', node, machine };
  const object = {
    ...{ apiVersion: 'v1', kind: 'Secret', type: ownTokenType, data: encoded(common) },
    metadata: { name: `kedge-token-${id}`, namespace: tokenNamespace, labels: { 'kedge.dev/node': node } },
  };
  try {
    await server.registry.one({ op: 'create', definition: secrets, actor: joiner, object });
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== 'AlreadyExists') throw error;
    await server.registry.one({
      ...{ op: 'update', definition: secrets, actor: joiner, key: keyOf(id), subresource: '' },
      change: (current) => {
        if (dataText(current, 'machine') !== machine) refuse(`another machine has joined as node ${node} at the same moment`);
        return { ...current, data: encoded(common) };
      },
    });
  }
  return { token, expires };
};

const dataText = (secret: KubeObject, key: string): string => {
  const value = (secret as { data?: Record<string, string> }).data?.[key];
  return value === undefined ? '' : atob(value);
};

/** The next credential, asked for with the present one by the machine it is bound to. @throws ApiError Forbidden, NotFound when it was revoked */
export const renewCredential = async (
  server: Server,
  { node, machine, presented }: Machine & { readonly presented: string },
): Promise<IssuedCredential> => {
  const id = await credentialIdOf(node);
  const { token, expires, data } = await mint(server, id);
  const shown = await sha256Hex(presented);
  const previous = { 'previous-sha256': shown, 'previous-expiration': toRfc3339(server.platform.clock.now() + PREVIOUS_MS) };
  await server.registry.one({
    ...{ op: 'update', definition: secrets, actor: joiner, key: keyOf(id), subresource: '' },
    change: (current) => {
      if (!sameText(dataText(current, 'machine'), machine))
        throw new ApiError(
          'Forbidden',
          `the credential of node ${node} is bound to another machine: join this one with a token of its own`,
        );
      const tags = { 'previous-tag-key': dataText(current, 'tag-key') };
      return {
        ...current,
        data: { ...(current as unknown as { data: Record<string, string> }).data, ...encoded({ ...data, ...previous, ...tags }) },
      };
    },
  });
  return { token, expires };
};

/**
 * Ends a node that leaves: its Node object, with which its connections end, and its credential. Repeatable. The credential is not revoked besides: the machine may
 * join again in the next second, and a revocation shuts its id out for a few.
 */
export const removeNode = async (server: Server, node: string): Promise<void> => {
  const id = await credentialIdOf(node);
  const gone = (error: unknown): void => {
    if (!(error instanceof ApiError) || error.reason !== 'NotFound') throw error;
  };
  await server.registry
    .one({ op: 'delete', definition: nodes, actor: joiner, key: { resource: 'core/nodes', namespace: '', name: node }, request: {} })
    .catch(gone);
  await server.registry.one({ op: 'delete', definition: secrets, actor: joiner, key: keyOf(id), request: {} }).catch(gone);
};
