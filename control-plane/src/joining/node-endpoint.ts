/**
 * What a machine asks on its way in and out: `POST /kedge/v1/join` with a join token gives the node its own credential and what its agent must know of the cluster;
 * `/kedge/v1/renew` and `/kedge/v1/leave` are asked with that credential. A join token can do nothing here but join, and each refusal says why. A token with a bad
 * tag costs no store call.
 */
import { nodes } from '#schema/core/node.ts';
import { secrets } from '#schema/core/secret.ts';
import { encodeBase64 } from '#schema/dsl/base64.ts';
import { encodeUtf8 } from '#schema/dsl/utf8.ts';
import type { KubeObject } from '#schema/resource.ts';
import type { Server } from '../apiserver/call.ts';
import { ApiError, methodNotAllowed } from '../apiserver/errors.ts';
import { json } from '../apiserver/respond.ts';
import { sameText } from '../auth/encoding.ts';
import { bootstrapType, expiryOf, secretReader, tokenNamespace } from '../auth/token-secrets.ts';
import { nodeOf } from '../auth/user.ts';
import { newNode } from '../sync/node-object.ts';
import { type Fields, readFields, required, textField } from './fields.ts';
import { readJoinToken } from './join-token.ts';
import { isNodeCredential, issueCredential, joiner, type Machine, obstacle, removeNode, renewCredential } from './node-credential.ts';
import { nodePaths } from './paths.ts';
import { serviceAddress, servingCertificate } from './serving-certificate.ts';

const refused = (message: string): ApiError => new ApiError('Unauthorized', message);

/** Names of nodes stand in labels too, so they are no longer than those. */
const nodeForm = /^(?=.{1,63}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
const nodeWhy = "must be 1 to 63 small letters, digits, '-' and '.', beginning and ending with a letter or digit";

const bearerOf = (request: Request): string => /^Bearer +(\S+) *$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? '';

const machineOf = (fields: Fields): string =>
  required(textField(fields, 'machine', /^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits'), 'machine');

const usesLeft = (text: string): number => (/^\d{1,6}$/.test(text) ? Number(text) : 0);

/** Takes one use of a token that has a number of them; the last one takes the token. @throws ApiError Unauthorized when none is left */
const takeUse = async (server: Server, name: string): Promise<void> => {
  const key = { resource: 'core/secrets', namespace: tokenNamespace, name };
  let left = 0;
  await server.registry.one({
    ...{ op: 'update', definition: secrets, actor: joiner, key, subresource: '' },
    change: (current) => {
      const data = (current as unknown as { data: Record<string, string> }).data;
      left = usesLeft(atob(data['kedge-uses-left'] ?? ''));
      if (left < 1) throw refused('this join token has been used up: make another with `kedge token create --join`');
      return { ...current, data: { ...data, 'kedge-uses-left': encodeBase64(encodeUtf8(String(left - 1))) } };
    },
  });
};

const answer = async (
  server: Server,
  { node }: Machine,
  fields: Fields,
  issued: { readonly token: string; readonly expires: string },
): Promise<Response> => {
  const { cluster, version } = server.platform;
  const request = textField(
    fields,
    'certificateRequest',
    /^-----BEGIN CERTIFICATE REQUEST-----[\s\S]{1,16000}$/,
    'must be a PKCS#10 request in PEM',
  );
  const certificate = request === undefined ? undefined : await servingCertificate(server.platform, request);
  return json({
    ...{ kind: 'NodeCredential', apiVersion: 'kedge.dev/v1', nodeName: node, ...issued, version },
    ...{ clusterUid: cluster.clusterUid, serviceCIDR: cluster.serviceCIDR, clusterDomain: cluster.clusterDomain },
    clusterDNS: serviceAddress(cluster.serviceCIDR, 10),
    ...(certificate === undefined ? {} : { servingCertificate: certificate }),
  });
};

/** @throws ApiError Unauthorized with the reason, BadRequest, Conflict */
const join = async (server: Server, request: Request): Promise<Response> => {
  const { keys, store, clock, log } = server.platform;
  const token = await readJoinToken(keys, bearerOf(request));
  if (!token) throw refused('this is no join token of this cluster: it is mistyped, cut off, or of another cluster');
  const fields = await readFields(request, 'JoinRequest');
  const node = required(textField(fields, 'nodeName', nodeForm, nodeWhy), 'nodeName');
  const who: Machine = { node, machine: machineOf(fields) };
  const name = `bootstrap-token-${token.id}`;
  const secret = await secretReader(store, server.registry.bodies)(tokenNamespace, name);
  if (secret?.type !== bootstrapType || !sameText(secret.text('token-secret'), token.secret))
    throw refused('this join token has been revoked or used up: make another with `kedge token create --join`');
  const expiresMs = expiryOf(secret.text('expiration'));
  if (expiresMs !== undefined && expiresMs <= clock.now())
    throw refused(`this join token expired at ${secret.text('expiration')}: make another with \`kedge token create --join\``);
  if (secret.text('usage-bootstrap-authentication') !== 'true') throw refused('this token is not meant for joining');
  const inTheWay = await obstacle(server, who);
  if (inTheWay !== undefined) throw new ApiError('Conflict', inTheWay);
  if (secret.text('kedge-uses-left') !== '') await takeUse(server, name);
  const issued = await issueCredential(server, who);
  await server.registry
    .one({
      op: 'create',
      definition: nodes,
      actor: joiner,
      object: newNode(node, { labels: {}, annotations: {}, status: {} }, clock.now()) as KubeObject,
    })
    .catch((error: unknown) => {
      if (!(error instanceof ApiError) || error.reason !== 'AlreadyExists') throw error;
    });
  log.info('a node has joined', { node, token: token.id });
  return answer(server, who, fields, issued);
};

/** The node that asks, with a credential that was made by joining. @throws ApiError Unauthorized, Forbidden */
const asNode = async (server: Server, request: Request): Promise<string> => {
  const { user, credentialId } = await server.authenticator.authenticate(request);
  const node = nodeOf(user);
  if (node === undefined || !isNodeCredential(credentialId))
    throw new ApiError('Forbidden', 'only a node that has joined may ask this, with its own credential');
  return node;
};

const endpoints: Readonly<Record<string, (server: Server, request: Request) => Promise<Response>>> = {
  [nodePaths.join]: join,
  [nodePaths.renew]: async (server, request) => {
    const node = await asNode(server, request);
    const fields = await readFields(request, 'RenewRequest');
    const who: Machine = { node, machine: machineOf(fields) };
    return answer(server, who, fields, await renewCredential(server, { ...who, presented: bearerOf(request) }));
  },
  [nodePaths.leave]: async (server, request) => {
    const node = await asNode(server, request);
    await removeNode(server, node);
    server.platform.log.info('a node has left', { node });
    return json({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' });
  },
};

export const isNodePath = (path: string): boolean => Object.hasOwn(endpoints, path);

/** @throws ApiError */
export const nodeEndpoint = (server: Server, request: Request, path: string): Promise<Response> => {
  if (request.method !== 'POST') throw methodNotAllowed();
  return endpoints[path]!(server, request);
};
