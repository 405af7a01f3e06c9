/**
 * createApp: the HTTP face of the control plane, the same on Node.js and on Workers. A request is routed, authenticated, authorized and handed
 * to the handler of its verb; whatever is thrown on the way becomes one Status.
 */
import { Hono } from 'hono';
import { customResourceDefinitions } from '#schema/apiextensions/custom-resource-definition.ts';
import { apiServices } from '#schema/apiregistration/api-service.ts';
import { type ResourceDefinition, storageKey } from '#schema/resource.ts';
import { resources } from '#schema/resources.ts';
import { passTo } from '../aggregation/aggregate.ts';
import { type Aggregated, createApiServices } from '../aggregation/api-services.ts';
import { createFrontProxy } from '../aggregation/front-proxy.ts';
import { createRemoteDocuments } from '../aggregation/remote-documents.ts';
import { createAudit, type Trail } from '../auth/audit.ts';
import { auditIdOf, withAuditId } from '../auth/audit-id.ts';
import { authenticate, type Identified } from '../auth/authenticate.ts';
import { createAuthorizer, forbiddenPath, forbiddenResource } from '../auth/authorize.ts';
import { certificateGroup } from '../auth/certificate-requests.ts';
import { impersonated } from '../auth/impersonate.ts';
import { fillAccountToken } from '../auth/legacy-tokens.ts';
import { authorizeResource } from '../auth/node-proxy-rights.ts';
import { policyGroup } from '../auth/rbac/policy.ts';
import { credentialOfSecret } from '../auth/token-secrets.ts';
import type { TokenLookup } from '../auth/tokens.ts';
import type { Platform } from '../platform/platform.ts';
import { createRegistry } from '../registry/create.ts';
import { metrics } from '../telemetry/exposition.ts';
import type { RequestTelemetry } from '../telemetry/telemetry.ts';
import { agentEndpoint, isAgentPath } from './agents.ts';
import { type Call, credentialOf, type Server, type Target } from './call.ts';
import { type Catalog, createCatalog } from './catalog.ts';
import { ChangeMemo } from './change-memo.ts';
import { createCustomResources } from './custom-resources.ts';
import { delay } from './delay.ts';
import { discovery } from './discovery.ts';
import { handlerOf, verbOf } from './dispatch.ts';
import { type ApiError, badRequest, internal, methodNotAllowed, PageNotFound, unknownPath } from './errors.ts';
import { health, isHealthPath } from './health.ts';
import type { OpenApi } from './openapi.ts';
import { isWatch } from './options.ts';
import { openPartAt, partAt } from './parts.ts';
import { failure, json, withWarnings } from './respond.ts';
import { parseRoute, type ResourceRoute } from './route.ts';
import { RowMemo } from './row-memo.ts';
import { issuerDocuments } from './service-account-issuer.ts';
import { fromThrown } from './store-errors.ts';
import { versionInfo } from './version.ts';
import { managerOfUserAgent } from './write.ts';

export interface AppOptions {
  /** Default: every kind of schema/. */
  readonly definitions?: readonly ResourceDefinition[];
  /** Tokens beyond the configured ones. */
  readonly tokens?: TokenLookup;
  /** Timers, for tests. */
  readonly delay?: Server['delay'];
}

export const createApp = (platform: Platform, options: AppOptions = {}): Hono => {
  const definitions = options.definitions ?? resources;
  const aggregated = createApiServices(platform);
  const registry = createRegistry(platform);
  const aggregation = { ...platform, frontProxy: createFrontProxy(platform, registry) };
  const server: Server = {
    platform,
    registry,
    catalog: createCatalog(definitions),
    custom: createCustomResources(platform),
    aggregated,
    remote: createRemoteDocuments(aggregation, aggregated),
    aggregation,
    authenticator: authenticate(platform, options.tokens ? { tokens: options.tokens } : {}),
    authorizer: createAuthorizer(platform),
    changes: new ChangeMemo(),
    rows: new RowMemo(),
    delay: options.delay ?? delay,
  };
  let documents: Promise<OpenApi> | undefined;
  /** Loaded when first asked for. */
  const openApi = (): Promise<OpenApi> =>
    (documents ??= import('./openapi.ts').then(({ createOpenApi }) => createOpenApi(definitions, server.custom.all, server.remote)));
  const audit = createAudit(platform);
  const app = new Hono();
  app.all('*', async (context) => {
    const { raw } = context.req;
    const auditId = auditIdOf(raw, platform.random);
    const trail = audit?.(raw, auditId);
    const counted = platform.telemetry?.request();
    const warnings: string[] = [];
    const answer = async (): Promise<Response> => {
      try {
        return await respond(server, openApi, { request: raw, trail, counted, warnings });
      } catch (error) {
        return withWarnings(failure(toApiError(server, error, raw)), warnings);
      }
    };
    const { tracer } = platform;
    const response = await (tracer ? tracer.request(raw, answer) : answer());
    counted?.ended(response.status);
    if (trail) platform.background(trail.ended(response.status));
    return withAuditId(response, auditId);
  });
  return app;
};

const toApiError = (server: Server, error: unknown, request: Request): ApiError => {
  const known = fromThrown(error);
  if (known) return known;
  if (error instanceof URIError) return badRequest('the request path has a malformed escape');
  const id = server.platform.random.uuid();
  const { method, url } = request;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  server.platform.log.error('request failed', { id, method, path: new URL(url).pathname, error: text });
  return internal(`request ${id} could not be served; the log of the control plane says why`);
};

const readVerbs = new Set(['get', 'list', 'watch']);
/** Work that a new object brings about, after the reply. */
const afterCreate: Readonly<Record<string, (server: Server, response: Response, query: URLSearchParams) => void>> = {
  'core/secrets': (server, response, query) => {
    const readable = response.headers.get('content-type')?.startsWith('application/json');
    if (readable && !query.has('dryRun')) server.platform.background(response.json().then((secret) => fillAccountToken(server, secret)));
  },
};
/** What follows from an object that was deleted, before the reply. */
const afterDelete: Readonly<Record<string, (server: Server, namespace: string, name: string) => Promise<void>>> = {
  'core/secrets': async ({ platform }, namespace, name) => {
    const credential = credentialOfSecret(namespace, name);
    if (!credential) return;
    // what is open on it ends now; new requests are refused as soon as the token is looked up again
    await platform.hub
      .endCredential(credential)
      .catch((error) => platform.log.warn('open streams of a revoked credential go on', { error: String(error) }));
  },
};
/** Groups whose writes are also judged by what their author holds. */
const judged: ReadonlySet<string> = new Set([policyGroup, certificateGroup]);
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);

interface Asked {
  readonly request: Request;
  readonly trail: Trail | undefined;
  readonly counted: RequestTelemetry | undefined;
  /** Told with the answer, whatever it is. */
  readonly warnings: string[];
}

const respond = async (
  server: Server,
  openApi: () => Promise<OpenApi>,
  { request, trail, counted, warnings }: Asked,
): Promise<Response> => {
  const url = new URL(request.url);
  const openPart = openPartAt(url.pathname);
  if (openPart) return openPart(server, { request, url });
  const real = await server.authenticator.authenticate(request);
  trail?.who(real.user, real.user);
  const identified = await impersonated(request, real, server.authorizer);
  trail?.who(real.user, identified.user);
  const part = partAt(url.pathname);
  if (part) return part(server, { request, url, identified });
  const route = parseRoute(url.pathname);
  if (route) {
    const response = await resourceRequest(server, { request, url, identified, route, trail, counted, warnings });
    if (route.group === customResourceDefinitions.group) server.custom.forget();
    if (route.group === apiServices.group) server.aggregated.forget();
    return pretty(url, response);
  }
  if (isAgentPath(url.pathname)) return agentEndpoint(server, request, url, identified);
  const verb = request.method.toLowerCase();
  if (!(await server.authorizer.path(identified.user, verb, url.pathname)).allowed)
    throw forbiddenPath(identified.user, verb, url.pathname);
  if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed();
  return pathRequest(server, openApi, { request, url, identified });
};

/** The API of a Service of the cluster that serves the group version; what is built in stays. */
const remoteAt = async (server: Server, group: string, version: string): Promise<Aggregated | undefined> =>
  server.catalog.inGroupVersion(group, version).length > 0 ? undefined : server.aggregated.find(group, version);

/** Of ./parts.ts. */
const ownGroup = 'kedge.dev';

/** Groups that are built in speak for all their paths. */
const nothingIn = ({ catalog }: Server, group: string): ApiError =>
  group === ownGroup || catalog.groups.includes(group) ? unknownPath() : new PageNotFound();

/** Discovery; that of an aggregated group version is its own word. Undefined: there is none. */
const discover = async (server: Server, { request, url, identified }: PathAsked): Promise<Response | undefined> => {
  const [, root, group = '', version = ''] = url.pathname.split('/');
  if (root === 'api') return discovery(server.catalog, request, url);
  const elsewhere = version ? await remoteAt(server, group, version) : undefined;
  if (elsewhere) return passTo(server.aggregation, elsewhere, request, { user: identified.user, credential: credentialOf(identified) });
  const catalog = await server.custom.with(server.catalog);
  const versions = version ? [] : await server.remote.versions();
  const remote = versions.filter((one) => catalog.inGroupVersion(one.group, one.version).length === 0);
  return discovery(catalog, request, url, remote);
};

interface PathAsked {
  readonly request: Request;
  readonly url: URL;
  readonly identified: Identified;
}

const pathRequest = async (server: Server, openApi: () => Promise<OpenApi>, asked: PathAsked): Promise<Response> => {
  const { request, url } = asked;
  const path = url.pathname;
  if (isHealthPath(path)) return health(server.platform, url);
  if (path === '/metrics' && server.platform.telemetry) return metrics(server.platform.telemetry);
  if (path === '/version' || path === '/version/') return json(versionInfo(server.platform.version));
  if (path === '/') return json({ paths: rootPaths(await server.custom.with(server.catalog)) });
  if (path.startsWith('/openapi/')) return (await openApi()).respond(request, url, server.platform.clock.now());
  if (/^\/apis?(\/|$)/.test(path)) {
    const document = await discover(server, asked);
    if (!document) throw nothingIn(server, path.startsWith('/apis') ? (path.split('/')[2] ?? '') : '');
    return document;
  }
  const issued = issuerDocuments(server.platform)[path];
  if (issued) return json(issued);
  throw new PageNotFound();
};

const rootPaths = (catalog: Catalog): string[] =>
  [
    '/api',
    '/apis',
    '/healthz',
    '/livez',
    '/metrics',
    '/openapi/v2',
    '/openapi/v3',
    '/readyz',
    '/version',
    ...catalog.groups.flatMap((g) => (g ? [`/apis/${g}`, ...catalog.versionsOf(g).map((v) => `/apis/${g}/${v}`)] : ['/api/v1'])),
  ].sort();

interface Arrived extends Asked {
  readonly url: URL;
  readonly identified: Identified;
  readonly route: ResourceRoute;
}

const resourceRequest = async (
  server: Server,
  { request, url, identified, route, trail, counted, warnings }: Arrived,
): Promise<Response> => {
  const query = url.searchParams;
  const { user, credentialId, expiresMs } = identified;
  const verb = verbOf(request.method, route, isWatch(query));
  const attributes = {
    verb: verb || request.method.toLowerCase(),
    group: route.group,
    resource: route.resource,
    subresource: route.subresource,
    namespace: route.namespace,
    name: route.name,
    fieldSelector: query.get('fieldSelector') ?? '',
  };
  const decision = await authorizeResource(server.authorizer, user, { ...attributes, rest: route.rest });
  trail?.asks(attributes, route.version, decision);
  if (!decision.allowed) throw forbiddenResource(user, attributes, decision.reason);
  const { group, version, resource } = route;
  const builtIn = server.catalog.find(group, version, resource);
  // custom resources cost no look at the APIServices
  const custom = builtIn || server.aggregated.known(group, version) ? undefined : await server.custom.find(group, version, resource, verb);
  const found = builtIn ?? custom;
  const elsewhere = found ? undefined : await remoteAt(server, group, version);
  if (elsewhere) return passTo(server.aggregation, elsewhere, request, { user, credential: credentialOf(identified) });
  if (!found) throw nothingIn(server, group);
  if (route.rest.length > 0 && route.subresource !== 'proxy') throw unknownPath();
  // `/api/v1/namespaces/x` names a namespace and no namespace at once.
  const { definition } = found;
  if (!definition.namespaced && route.namespace && route.resource !== 'namespaces') throw unknownPath();
  if (!methods.has(request.method) || !verb) throw methodNotAllowed();
  if (!readVerbs.has(verb)) trail?.sends(request, definition);
  const target: Target = {
    definition,
    served: found.served,
    group: found.group,
    version: found.version,
    groupVersion: found.groupVersion,
    resource: definition.resource,
    kind: definition.kind,
    namespace: definition.namespaced ? route.namespace : '',
    name: route.name,
    subresource: route.subresource,
  };
  counted?.names(target, verb);
  if (found.served.deprecation) warnings.push(found.served.deprecation);
  const call: Call = {
    server,
    request,
    url,
    query,
    user,
    credentialId,
    expiresMs,
    actor: { user, fieldManager: managerOfUserAgent(request.headers.get('user-agent')) },
    target,
    verb,
    warnings,
    heard: {
      warn: (text) => warnings.push(text),
      ...(trail ? { annotate: (key: string, value: string) => trail.notes(key, value) } : {}),
    },
    nowMs: server.platform.clock.now(),
  };
  if (!judged.has(route.group) || readVerbs.has(verb)) {
    const response = withWarnings(await handlerOf(target, verb)(call), call.warnings);
    if (response.status === 201 && !target.subresource) afterCreate[storageKey(definition)]?.(server, response.clone(), query);
    if (verb === 'delete' && response.ok && !query.has('dryRun'))
      await afterDelete[storageKey(definition)]?.(server, target.namespace, target.name);
    return response;
  }
  const permissions = await server.authorizer.permissions(user);
  try {
    return withWarnings(await handlerOf(target, verb)({ ...call, actor: { ...call.actor, permissions } }), call.warnings);
  } finally {
    if (route.group === policyGroup) server.authorizer.forget();
  }
};

/** `?pretty=true` on anything that is not a stream. */
const pretty = async (url: URL, response: Response): Promise<Response> => {
  const asked = url.searchParams.get('pretty');
  if ((asked !== 'true' && asked !== '1') || isWatch(url.searchParams)) return response;
  if (!response.headers.get('content-type')?.startsWith('application/json')) return response;
  return new Response(`${JSON.stringify(JSON.parse(await response.text()), null, 2)}\n`, response);
};
