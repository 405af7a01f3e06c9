/**
 * The newest policy this process knows, at most five seconds old: read whole once, then followed by revision with one store call. A request
 * that changed a role or binding makes the next one look again, so a client sees its own writes. No promise is shared between requests:
 * on Workers it would belong to the request that began it.
 */
import type { Clock } from '../../platform/platform.ts';
import { type Store, StoreError } from '../../store/store.ts';
import { Policy, policyResources } from './policy.ts';

const KEEP_MS = 5000;
/** From this age on one request asks while the others go on with what is known. */
const ASK_EARLY_MS = 4000;

const resources: readonly string[] = Object.values(policyResources);

interface Known {
  readonly policy: Policy;
  readonly incarnation: string;
  revision: number;
  readMs: number;
}

export class PolicyCache {
  readonly #store: Store;
  readonly #clock: Clock;
  #known: Known | undefined;
  #askedMs = Number.NEGATIVE_INFINITY;
  /** Rises with `forget`: what was asked before is not fresh any more. */
  #generation = 0;

  constructor({ store, clock }: { readonly store: Store; readonly clock: Clock }) {
    this.#store = store;
    this.#clock = clock;
  }

  /** The next `current` asks the store. */
  forget(): void {
    this.#generation++;
    if (this.#known) this.#known.readMs = Number.NEGATIVE_INFINITY;
  }

  /** @throws StoreError when the store cannot answer and what is known is too old. */
  async current(): Promise<Policy> {
    const known = this.#known;
    const nowMs = this.#clock.now();
    const ageMs = known ? nowMs - known.readMs : Number.POSITIVE_INFINITY;
    if (known && ageMs >= 0) {
      if (ageMs < ASK_EARLY_MS) return known.policy;
      if (ageMs < KEEP_MS && nowMs - this.#askedMs < KEEP_MS - ASK_EARLY_MS) return known.policy;
    }
    this.#askedMs = nowMs;
    const generation = this.#generation;
    const next = (known && (await this.#follow(known))) || (await this.#read());
    next.readMs = generation === this.#generation ? nowMs : Number.NEGATIVE_INFINITY;
    this.#known = next;
    return next.policy;
  }

  async #read(): Promise<Known> {
    const policy = new Policy();
    const read = await Promise.all(resources.map((resource) => this.#readKind(policy, resource)));
    const revisions = read.map(({ revision }) => revision);
    const known: Known = { policy, incarnation: read[0]!.incarnation, revision: Math.min(...revisions), readMs: 0 };
    // The kinds were read one by one: what happened meanwhile is told again.
    if (Math.max(...revisions) > known.revision) return (await this.#follow(known)) ?? this.#read();
    return known;
  }

  async #readKind(policy: Policy, resource: string): Promise<{ readonly revision: number; readonly incarnation: string }> {
    let page = await this.#store.list({ resource });
    const { revision, head } = page;
    for (;;) {
      for (const item of page.items) policy.set(resource, JSON.parse(item.body));
      const last = page.items.at(-1);
      if (!page.more || !last) return { revision, incarnation: head.incarnation };
      page = await this.#store.list({ resource, atRevision: revision, after: { namespace: last.namespace, name: last.name } });
    }
  }

  /** undefined: the store went another way, and the policy must be read anew. */
  async #follow(known: Known): Promise<Known | undefined> {
    for (;;) {
      let page: Awaited<ReturnType<Store['changes']>>;
      try {
        page = await this.#store.changes({ after: known.revision, resources });
      } catch (error) {
        if (error instanceof StoreError && (error.reason === 'compacted' || error.reason === 'future')) return undefined;
        throw error;
      }
      if (page.head.incarnation !== known.incarnation) return undefined;
      for (const { type, resource, namespace, name, body, revision } of page.changes) {
        // Another request may have followed further meanwhile.
        if (revision <= known.revision) continue;
        if (type === 'DELETED') known.policy.remove(resource, namespace, name);
        else known.policy.set(resource, JSON.parse(body));
      }
      known.revision = Math.max(known.revision, page.through);
      if (!page.more) return known;
    }
  }
}
