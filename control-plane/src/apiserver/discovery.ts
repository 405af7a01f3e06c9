/**
 * Discovery: which groups, versions and resources there are. The aggregated form answers everything in two requests; the older documents are
 * still read by `kubectl drain` and `auth can-i`.
 * @see https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
 */
import type { SubresourceDefinition } from '#schema/resource.ts';
import type { RemoteResource, RemoteVersion } from '../aggregation/remote-documents.ts';
import { sha256Hex } from '../auth/tokens.ts';
import type { Catalog, Served } from './catalog.ts';
import { parseAccept } from './negotiation.ts';
import { json } from './respond.ts';
import { storageVersionHash } from './storage-version-hash.ts';
import { subresourcesOf } from './subresource-list.ts';

type Form = 'legacy' | 'v2' | 'v2beta1';

const formOf = (request: Request): Form => {
  for (const { type, params } of parseAccept(request.headers.get('accept') ?? '')) {
    if (type !== 'application/json' && type !== '*/*') continue;
    const { as, g, v } = params;
    if (as === undefined) return 'legacy';
    if (as === 'APIGroupDiscoveryList' && g === 'apidiscovery.k8s.io' && (v === 'v2' || v === 'v2beta1')) return v;
  }
  return 'legacy';
};

const kindOf = (served: Served, sub?: SubresourceDefinition) => ({
  group: sub?.group ?? served.group,
  version: sub?.version ?? served.version,
  kind: sub?.kind ?? served.definition.kind,
});

const aggregatedResource = (served: Served) => {
  const { definition } = served;
  const scope = definition.namespaced ? 'Namespaced' : 'Cluster';
  const subresources = subresourcesOf(definition)
    .map((sub) => ({ subresource: sub.name, responseKind: kindOf(served, sub), verbs: [...sub.verbs].sort() }))
    .sort((a, b) => (a.subresource < b.subresource ? -1 : 1));
  return {
    resource: definition.resource,
    responseKind: kindOf(served),
    scope,
    singularResource: definition.singular,
    verbs: verbsOf(definition),
    ...(definition.shortNames.length > 0 ? { shortNames: definition.shortNames } : {}),
    ...(definition.categories.length > 0 ? { categories: definition.categories } : {}),
    ...(subresources.length > 0 ? { subresources } : {}),
  };
};

const byResource = (a: Served, b: Served): number => (a.definition.resource < b.definition.resource ? -1 : 1);

/** What an aggregated API says of itself, in the form of aggregated discovery. */
const remoteResources = ({ group, version, resources = [] }: RemoteVersion) => {
  const kindOf = (one: RemoteResource) => ({ group: one.group ?? group, version: one.version ?? version, kind: one.kind ?? '' });
  const subresources = (name: string) =>
    resources
      .filter((one) => one.name.startsWith(`${name}/`))
      .map((one) => ({ subresource: one.name.slice(name.length + 1), responseKind: kindOf(one), verbs: one.verbs ?? [] }));
  return resources
    .filter(({ name }) => !name.includes('/'))
    .map((one) => {
      const below = subresources(one.name);
      return {
        resource: one.name,
        responseKind: kindOf(one),
        scope: one.namespaced ? 'Namespaced' : 'Cluster',
        singularResource: one.singularName ?? '',
        verbs: one.verbs ?? [],
        ...(one.shortNames ? { shortNames: one.shortNames } : {}),
        ...(one.categories ? { categories: one.categories } : {}),
        ...(below.length > 0 ? { subresources: below } : {}),
      };
    });
};

const remoteIn = (remote: readonly RemoteVersion[], group: string): RemoteVersion[] => remote.filter((one) => one.group === group);

const aggregated = (catalog: Catalog, groups: readonly string[], { form, remote }: { form: Form; remote: readonly RemoteVersion[] }) => ({
  kind: 'APIGroupDiscoveryList',
  apiVersion: `apidiscovery.k8s.io/${form}`,
  metadata: {},
  items: groups.map((group) => ({
    metadata: { ...(group ? { name: group } : {}), creationTimestamp: null },
    versions: [
      ...catalog.versionsOf(group).map((version) => ({
        version,
        resources: [...catalog.inGroupVersion(group, version)].sort(byResource).map(aggregatedResource),
        freshness: 'Current',
      })),
      ...remoteIn(remote, group).map((one) => ({
        version: one.version,
        resources: remoteResources(one),
        freshness: one.resources ? 'Current' : 'Stale',
      })),
    ],
  })),
});

/** Custom resources tell theirs in an order of their own. */
const verbsOf = ({ verbs, versions }: Served['definition']): readonly string[] =>
  versions.some(({ typeSchema }) => typeSchema) ? customVerbs.filter((verb) => verbs.includes(verb)) : [...verbs].sort();
const customVerbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'] as const;

const legacyResources = async (served: Served) => {
  const { definition } = served;
  const hash = await storageVersionHash(definition);
  const { namespaced, resource, singular, kind } = definition;
  const main = {
    name: resource,
    singularName: singular,
    namespaced,
    kind,
    verbs: verbsOf(definition),
    ...(definition.shortNames.length > 0 ? { shortNames: definition.shortNames } : {}),
    ...(definition.categories.length > 0 ? { categories: definition.categories } : {}),
    ...(hash ? { storageVersionHash: hash } : {}),
  };
  const subs = subresourcesOf(definition).map((sub) => ({
    name: `${resource}/${sub.name}`,
    singularName: '',
    namespaced,
    ...(sub.version ? { group: sub.group ?? served.group, version: sub.version } : {}),
    kind: sub.kind,
    verbs: [...sub.verbs].sort(),
  }));
  return [main, ...subs.sort((a, b) => (a.name < b.name ? -1 : 1))];
};

const groupDocument = (catalog: Catalog, group: string, remote: readonly RemoteVersion[]) => {
  const names = [...catalog.versionsOf(group), ...remoteIn(remote, group).map(({ version }) => version)];
  const versions = names.map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions, preferredVersion: versions[0] };
};

interface Shown {
  readonly form: Form;
  readonly host: string;
  readonly remote: readonly RemoteVersion[];
}

/** The document at `path`, or undefined when it is no discovery path. */
const documentAt = (catalog: Catalog, path: string, { form, host, remote }: Shown): unknown => {
  const parts = path.split('/').filter((p) => p !== '');
  const [root, a, b] = parts;
  if (root === 'api') {
    if (parts.length === 1) {
      if (form !== 'legacy') return aggregated(catalog, [''], { form, remote: [] });
      const serverAddressByClientCIDRs = [{ clientCIDR: '0.0.0.0/0', serverAddress: host }];
      return { kind: 'APIVersions', versions: catalog.versionsOf(''), serverAddressByClientCIDRs };
    }
    return parts.length === 2 ? resourceList(catalog, '', a!) : undefined;
  }
  if (root !== 'apis') return undefined;
  const groups = [...new Set([...catalog.groups.filter((g) => g !== ''), ...remote.map(({ group }) => group)])];
  if (parts.length === 1) {
    if (form !== 'legacy') return aggregated(catalog, groups, { form, remote });
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map((g) => groupDocument(catalog, g, remote)) };
  }
  if (!groups.includes(a!)) return undefined;
  if (parts.length === 2) return { kind: 'APIGroup', apiVersion: 'v1', ...groupDocument(catalog, a!, remote) };
  return parts.length === 3 ? resourceList(catalog, a!, b!) : undefined;
};

const resourceList = async (catalog: Catalog, group: string, version: string) => {
  const served = catalog.inGroupVersion(group, version);
  if (served.length === 0) return undefined;
  const resources = await Promise.all([...served].sort(byResource).map(legacyResources));
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: group ? `${group}/${version}` : version,
    resources: resources.flat(),
  };
};

/** `remote`: what aggregated APIs serve beside the catalog. Undefined: there is nothing of that name. */
export const discovery = async (
  catalog: Catalog,
  request: Request,
  url: URL,
  remote: readonly RemoteVersion[] = [],
): Promise<Response | undefined> => {
  const roots = /^\/apis?\/?$/.test(url.pathname);
  const form = roots ? formOf(request) : 'legacy';
  const document = await documentAt(catalog, url.pathname, { form, host: url.host, remote });
  if (document === undefined) return undefined;
  const etag = `"${(await sha256Hex(JSON.stringify(document))).toUpperCase()}"`;
  const headers = {
    'content-type': form === 'legacy' ? 'application/json' : `application/json;g=apidiscovery.k8s.io;v=${form};as=APIGroupDiscoveryList`,
    etag,
    vary: 'Accept',
    'cache-control': 'public',
  };
  if (request.headers.get('if-none-match') === etag) return new Response(null, { status: 304, headers });
  return json(document, 200, headers);
};
