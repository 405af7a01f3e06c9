/** Opens and seals the bodies of sealed kinds; the bodies of all others pass as they are. */
import type { ResourceDefinition } from '#schema/resource.ts';
import { findByStorageKey } from '#schema/resources.ts';
import type { SealingKey } from '../platform/platform.ts';
import { createSealer } from '../store/sealing.ts';
import type { ObjectKey } from '../store/store.ts';
import { refreshBody, stampOf } from './stamps.ts';

export type Identified = ObjectKey & { readonly uid: string; readonly stamp?: string };

export interface BodyCodec {
  seal(definition: Pick<ResourceDefinition, 'sealed'>, key: Identified, text: string): Promise<string>;
  /** Readable JSON of a stored body, whether it is sealed or not; of the present schema, by the stamp of `key`. */
  open(key: Identified, body: string): Promise<string>;
}

export const createBodyCodec = (keys: readonly SealingKey[], clusterUid: string): BodyCodec => {
  const sealer = createSealer(keys, clusterUid);
  return {
    seal: async (definition, { resource, namespace, name, uid }, text) =>
      definition.sealed ? sealer.seal(resource, namespace, name, uid, text) : text,
    open: async ({ resource, namespace, name, uid, stamp }, body) => {
      if (body.startsWith('{')) return body;
      const text = await sealer.open(resource, namespace, name, uid, body);
      const definition = findByStorageKey(resource);
      return definition && stamp !== stampOf(definition) ? refreshBody(definition, text) : text;
    },
  };
};
