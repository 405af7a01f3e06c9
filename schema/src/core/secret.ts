/**
 * Secret: configuration that is stored encrypted.
 */
import { bool, map, message, str, struct } from '../dsl/field.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';

export const Secret = struct('io.k8s.api.core.v1.Secret', '@core.Secret', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, '@core.Secret.metadata'),
  immutable: bool(5, '@core.Secret.immutable', { pointer: true }),
  data: map(2, 'bytes', '@core.Secret.data'),
  stringData: map(4, 'string', '@core.Secret.stringData'),
  type: str(3, '@core.Secret.type'),
});
export type Secret = ObjectOf<typeof Secret>;
