/**
 * Seals living objects anew that an older key sealed, after a rotation: a bounded part of the work a round, each object guarded by the revision that was read, so a
 * writer in between wins and nothing is lost. A round that stops, fails or runs twice at once is only said again. Versions of before stay as they are until
 * compaction and the history's budget take them: the old keys stay for them.
 */
import { type ResourceDefinition, storageKey } from '#schema/resource.ts';
import { resources } from '#schema/resources.ts';
import type { Platform } from '../platform/platform.ts';
import type { ApiRegistry } from '../registry/create.ts';
import { deriveColumns } from '../registry/derived.ts';
import type { StaleQuery } from '../store/sealed-rows.ts';
import type { StoredChange, StoredObject, Write } from '../store/store.ts';

/** Objects of one round; a free invocation on Workers does it with three calls of the database. */
export const roundObjects = 40;

export const sealedDefinitions: readonly ResourceDefinition[] = resources.filter((definition) => definition.sealed);
export const sealedResources: readonly string[] = sealedDefinitions.map(storageKey);

export interface ResealDeps {
  readonly platform: Pick<Platform, 'store' | 'keys' | 'log'> & { readonly hub: Pick<Platform['hub'], 'notify'> };
  readonly registry: Pick<ApiRegistry, 'bodies'>;
}

export interface Resealed {
  /** Sealed anew by this round. */
  readonly resealed: number;
  /** Looked at and left: no key opens them (the log names them), or somebody else wrote them just now. */
  readonly failed: number;
  /** Something may be left. */
  readonly more: boolean;
}

const nothing: Resealed = { resealed: 0, failed: 0, more: false };
const author = { user: 'system:kedge:sealing', manager: 'kedge' };

/** `again`: look even if an earlier round found nothing left. */
export const resealRound = async ({ platform, registry }: ResealDeps, { again = false } = {}): Promise<Resealed> => {
  const { store, keys } = platform;
  const newest = keys.sealingKeys[0]!.id;
  const rows = store.sealedRows;
  if (!rows || (!again && (keys.sealingKeys.length < 2 || (await rows.settled()) === newest))) return nothing;
  let failed = 0;
  for (const definition of sealedDefinitions) {
    let query: StaleQuery = { resource: storageKey(definition), keyId: newest, limit: roundObjects };
    for (;;) {
      const found = await rows.stale(query);
      const last = found.at(-1);
      if (!last) break;
      const writes = await Promise.all(found.map((stored) => rewrite({ platform, registry }, definition, stored)));
      const resealed = await commit(platform, found, writes);
      failed += found.length - resealed;
      if (resealed > 0) return { resealed, failed, more: true };
      // nothing here can be done now: what comes after it is not held up
      query = { ...query, after: { namespace: last.namespace, name: last.name } };
    }
  }
  if (failed === 0) await rows.settle(newest);
  return { resealed: 0, failed, more: false };
};

const rewrite = async (
  { platform, registry: { bodies } }: ResealDeps,
  definition: ResourceDefinition,
  stored: StoredObject,
): Promise<Write | undefined> => {
  const { resource, namespace, name, uid, revision } = stored;
  try {
    const text = await bodies.open(stored, stored.body);
    return {
      op: 'update',
      key: { resource, namespace, name },
      uid,
      revision,
      author,
      body: await bodies.seal(definition, stored, text),
      derived: deriveColumns(definition, JSON.parse(text)),
    };
  } catch (error) {
    platform.log.error('an object cannot be sealed anew', { resource, namespace, name, error: String(error) });
    return undefined;
  }
};

const commit = async (
  { store, hub, log }: ResealDeps['platform'],
  found: readonly StoredObject[],
  writes: readonly (Write | undefined)[],
): Promise<number> => {
  const asked = writes.flatMap((write, index) => (write ? [{ write, before: found[index]! }] : []));
  const outcomes = await store.write(asked.map(({ write }) => write));
  const changes = outcomes.flatMap((outcome, index): StoredChange[] =>
    outcome.status === 'ok' ? [{ ...outcome.object, type: 'MODIFIED', previousBody: asked[index]!.before.body }] : [],
  );
  if (changes.length > 0)
    await hub
      .notify(changes.sort((a, b) => a.revision - b.revision))
      // the commit stands; followers find it in the store
      .catch((error: unknown) => log.warn('hub was not told of objects that were sealed anew', { error: String(error) }));
  return changes.length;
};
