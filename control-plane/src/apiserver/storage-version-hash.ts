/** What discovery says of the version a kind is stored in, so that clients see when it changes. Computed once for each definition. */
import type { ResourceDefinition } from '#schema/resource.ts';

const encoder = new TextEncoder();
const hashes = new WeakMap<ResourceDefinition, Promise<string>>();

const compute = async ({ group, kind, versions }: ResourceDefinition): Promise<string> => {
  const stored = versions.find(({ storage }) => storage)!;
  const digest = await crypto.subtle.digest('SHA-256', encoder.encode(`${group}/${stored.version}/${kind}`));
  return btoa(String.fromCharCode(...new Uint8Array(digest, 0, 8)));
};

/** undefined: not stored at all. */
export const storageVersionHash = async (definition: ResourceDefinition): Promise<string | undefined> => {
  if (definition.storage === 'virtual') return undefined;
  let hash = hashes.get(definition);
  if (!hash) {
    hash = compute(definition);
    hashes.set(definition, hash);
  }
  return hash;
};
