/**
 * Secret: configuration that is stored encrypted.
 */

import { encodeBase64 } from '../dsl/base64.ts';
import { bool, map, message, str, struct } from '../dsl/field.ts';
import { setOwn } from '../dsl/own.ts';
import { encodeUtf8 } from '../dsl/utf8.ts';
import { ageColumn, integer, nameColumn, text } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { validateSecret } from './secret-validation.ts';

export const Secret = struct('io.k8s.api.core.v1.Secret', 'Configuration that must not be seen by everybody.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  immutable: bool(5, 'True forbids any further change of the data.', { pointer: true }),
  data: map(2, 'bytes', 'Bytes by key, in base64.'),
  stringData: map(4, 'string', 'Text by key, for writing only; goes into data.'),
  type: str(3, 'What the secret is for; Opaque by default.'),
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
      setOwn(secret.data, key, encodeBase64(encodeUtf8(value)));
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
