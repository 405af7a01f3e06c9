/**
 * The objects that configure admission, as this process knows them: at most some seconds old, at once after a write of this process. They are read with
 * whatever a write reads anyway, so that they cost no round trip of their own. Parsed once for each revision. No promise is shared: on Workers it would
 * belong to the request that began it.
 */
import type { KubeObject } from '#schema/resource.ts';
import { parseBody } from '../registry/body.ts';
import type { Store, StoredObject } from '../store/store.ts';
import type { ListKey } from './admission.ts';

const keepMs = 5_000;
/** A gathered list of this many objects or characters may have been cut. */
const wholeItems = 400;
const wholeChars = 700_000;

const group = 'admissionregistration.k8s.io';
export const configuredKinds = {
  mutatingWebhooks: `${group}/mutatingwebhookconfigurations`,
  validatingWebhooks: `${group}/validatingwebhookconfigurations`,
  policies: `${group}/validatingadmissionpolicies`,
  policyBindings: `${group}/validatingadmissionpolicybindings`,
} as const;
const kinds: readonly string[] = Object.values(configuredKinds);
const lists: readonly ListKey[] = kinds.map((resource) => ({ resource, namespace: '' }));

/** Requests on what configures admission pass none of it: nobody could mend a cluster that refuses everything. */
export const isExempt = (resource: string): boolean => kinds.includes(resource);

interface Parsed {
  readonly revision: number;
  readonly object: KubeObject;
}

export class Configurations {
  readonly #store: Pick<Store, 'gather' | 'list'>;
  readonly #parsed = new Map<string, Map<string, Parsed>>();
  #known = new Map<string, readonly KubeObject[]>();
  #untilMs = Number.NEGATIVE_INFINITY;
  #generation = 0;
  #any = false;

  constructor(store: Pick<Store, 'gather' | 'list'>) {
    this.#store = store;
  }

  /** What should be read now; empty when what is known will do. */
  wanted(nowMs: number): readonly ListKey[] {
    // a clock that went back must not keep it for ever
    return nowMs < this.#untilMs && nowMs >= this.#untilMs - keepMs ? [] : lists;
  }

  /** `pages` in the order of `wanted`, read at `nowMs`. */
  async take(pages: readonly (readonly StoredObject[])[], nowMs: number): Promise<void> {
    const generation = this.#generation;
    const known = new Map<string, readonly KubeObject[]>();
    for (const [i, resource] of kinds.entries()) known.set(resource, this.#parse(resource, await this.#whole(resource, pages[i] ?? [])));
    this.#known = known;
    this.#any = [...known.values()].some((objects) => objects.length > 0);
    if (generation === this.#generation) this.#untilMs = nowMs + keepMs;
  }

  /** Reads them when they are too old, then gives them. */
  async current(nowMs: number): Promise<(resource: string) => readonly KubeObject[]> {
    const wanted = this.wanted(nowMs);
    if (wanted.length > 0) await this.take((await this.#store.gather({ keys: [], lists: wanted })).lists, nowMs);
    return this.of;
  }

  /** Whether anything is configured at all. */
  get any(): boolean {
    return this.#any;
  }

  /** By name. */
  readonly of = (resource: string): readonly KubeObject[] => this.#known.get(resource) ?? [];

  /** One of them was written: the next request looks again. */
  forget(): void {
    this.#generation++;
    this.#untilMs = Number.NEGATIVE_INFINITY;
  }

  async #whole(resource: string, page: readonly StoredObject[]): Promise<readonly StoredObject[]> {
    if (page.length < wholeItems && page.reduce((sum, { body }) => sum + body.length, 0) < wholeChars) return page;
    const all: StoredObject[] = [];
    let after: { readonly namespace: string; readonly name: string } | undefined;
    do {
      const next = await this.#store.list({ resource, ...(after ? { after } : {}) });
      all.push(...next.items);
      const last = next.more ? next.items.at(-1) : undefined;
      after = last && { namespace: last.namespace, name: last.name };
    } while (after);
    return all;
  }

  #parse(resource: string, page: readonly StoredObject[]): readonly KubeObject[] {
    const before = this.#parsed.get(resource);
    const parsed = new Map(
      page.map(({ name, revision, body }): [string, Parsed] => {
        const known = before?.get(name);
        return [name, known?.revision === revision ? known : { revision, object: parseBody(body, revision) }];
      }),
    );
    this.#parsed.set(resource, parsed);
    const objects = [...parsed.values()].map(({ object }) => object);
    const known = this.#known.get(resource);
    // the same objects stay the same list, so that what is made of it can be kept
    return known?.length === objects.length && known.every((one, i) => one === objects[i]) ? known : objects;
  }
}

const shared = new WeakMap<object, Configurations>();

/** One for all who write through the same store in this process. */
export const configurationsOf = (store: Pick<Store, 'gather' | 'list'>): Configurations => {
  const known = shared.get(store) ?? new Configurations(store);
  shared.set(store, known);
  return known;
};
