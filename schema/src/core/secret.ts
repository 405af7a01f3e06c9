/**
 * Secret: configuration that is stored encrypted.
 */

import { encodeBase64 } from '../dsl/base64.ts';
import { bool, map, message, str, struct } from '../dsl/field.ts';
import { encodeUtf8 } from '../dsl/utf8.ts';
import { ageColumn, integer, nameColumn, text } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { validateSecret } from './secret-validation.ts';

export const Secret = struct('io.k8s.api.core.v1.Secret', '@core.Secret', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, '@core.Secret.metadata'),
  immutable: bool(5, '@core.Secret.immutable', { pointer: true }),
  data: map(2, 'bytes', '@core.Secret.data'),
  stringData: map(4, 'string', '@core.Secret.stringData'),
  type: str(3, '@core.Secret.type'),
});
export type Secret = ObjectOf<typeof Secret>;

export const secrets = defineResource<Secret>({
  group: '',
  resource: 'secrets',
  kind: 'Secret',
  namespaced: true,
  versions: soleVersion('v1', Secret),
  sealed: true,
  generation: false,
  defaults: (secret) => {
    secret.type ??= 'Opaque';
    // stringData is for writing only
    if (!secret.stringData) return;
    for (const [key, value] of Object.entries(secret.stringData)) {
      secret.data ??= {};
      secret.data[key] = encodeBase64(encodeUtf8(value));
    }
    delete secret.stringData;
  },
  validate: validateSecret,
  selectableFields: { type: (secret) => secret.type ?? '' },
  columns: [
    nameColumn,
    text('Type', 'What the secret is for.', (secret: Secret) => secret.type ?? ''),
    integer('Data', 'Number of entries.', (secret: Secret) => Object.keys(secret.data ?? {}).length),
    ageColumn,
  ],
});
