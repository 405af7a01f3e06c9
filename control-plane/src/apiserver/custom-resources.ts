/**
 * Custom resources as the API server finds them: by the name of their CustomResourceDefinition, in the store. What was found is kept for a moment and
 * forgotten at each write of a definition through this process; what was not found is never kept, so a kind is served as soon as it is established.
 */
import { type CustomResourceDefinition, customResourceDefinitions } from '#schema/apiextensions/custom-resource-definition.ts';
import { definitionOf, isEstablished } from '#schema/custom/definition-of.ts';
import { storageKey } from '#schema/resource.ts';
import { type ClientPlatform, createWebhookClient } from '../admission/webhooks/client.ts';
import { type Converter, createConverter } from '../conversion/converter.ts';
import { parseBody } from '../registry/body.ts';
import type { StoredObject } from '../store/store.ts';
import { type Catalog, createCatalog, type Served, servedOf } from './catalog.ts';
import { ApiError } from './errors.ts';

const resource = storageKey(customResourceDefinitions);
/** Between processes a change of a definition is seen after this long. */
const keepMs = 2_000;

interface Known {
  readonly revision: number;
  readonly crd: CustomResourceDefinition;
  untilMs: number;
}

export interface CustomResources {
  /** @throws ApiError MethodNotAllowed for a create of a kind that is going */
  find(group: string, version: string, resource: string, verb: string): Promise<Served | undefined>;
  /** Every version that is served now. */
  all(): Promise<readonly Served[]>;
  /** `builtIn` and all of these. */
  with(builtIn: Catalog): Promise<Catalog>;
  /** A definition was written. */
  forget(): void;
}

const versionsIn = (converter: Converter, crd: CustomResourceDefinition): Served[] =>
  isEstablished(crd)
    ? crd.spec.versions.flatMap(({ name }) =>
        servedOf(converter.convertible(definitionOf(crd, name), crd, name)).filter(({ version }) => version === name),
      )
    : [];

export const createCustomResources = (platform: ClientPlatform): CustomResources => {
  const { store, clock, random } = platform;
  const converter = createConverter(createWebhookClient(platform), random);
  const versionsOf = (crd: CustomResourceDefinition): Served[] => versionsIn(converter, crd);
  const known = new Map<string, Known>();

  /** Parsed once for each revision, so that a definition is made once. */
  const remember = (stored: StoredObject): CustomResourceDefinition => {
    const { name, revision, body } = stored;
    const before = known.get(name);
    const untilMs = clock.now() + keepMs;
    if (before?.revision === revision) {
      before.untilMs = untilMs;
      return before.crd;
    }
    const crd = parseBody(body, revision) as CustomResourceDefinition;
    known.set(name, { revision, crd, untilMs });
    return crd;
  };

  const definitionNamed = async (name: string, fresh: boolean): Promise<CustomResourceDefinition | undefined> => {
    const before = known.get(name);
    if (before && !fresh && clock.now() < before.untilMs) return before.crd;
    const stored = await store.get({ resource, namespace: '', name });
    if (stored) return remember(stored);
    known.delete(name);
    return undefined;
  };

  const all = async (): Promise<readonly Served[]> => {
    const found: Served[] = [];
    let after: { readonly namespace: string; readonly name: string } | undefined;
    do {
      const page = await store.list({ resource, ...(after ? { after } : {}) });
      found.push(...page.items.flatMap((item) => versionsOf(remember(item))));
      const last = page.more ? page.items.at(-1) : undefined;
      after = last && { namespace: last.namespace, name: last.name };
    } while (after);
    return found.sort((a, b) => (a.definition.resource < b.definition.resource ? -1 : 1));
  };

  return {
    find: async (group, version, plural, verb) => {
      if (!group.includes('.')) return undefined;
      const crd = await definitionNamed(`${plural}.${group}`, verb === 'create');
      const served = crd && versionsOf(crd).find((one) => one.version === version);
      if (served && verb === 'create' && crd.metadata.deletionTimestamp) {
        throw new ApiError('MethodNotAllowed', 'create not allowed while custom resource definition is terminating', {
          group,
          kind: plural,
        });
      }
      return served;
    },
    all,
    with: async (builtIn) => {
      const custom = await all();
      return custom.length === 0 ? builtIn : createCatalog([], [...builtIn.all, ...custom]);
    },
    forget: () => {
      for (const one of known.values()) one.untilMs = 0;
    },
  };
};
