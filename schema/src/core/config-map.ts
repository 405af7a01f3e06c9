/**
 * ConfigMap: configuration that is no secret.
 */

import { bool, map, message, struct } from '../dsl/field.ts';
import { getOwn } from '../dsl/own.ts';
import { ageColumn, integer, nameColumn } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import type { FieldError } from '../resource.ts';
import { defineResource } from '../resource.ts';
import { invalid, tooLong } from '../validation/errors.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import { binaryBytes, MAX_DATA_BYTES, textBytes, validateImmutable, validateKeys } from './config-data.ts';

export const ConfigMap = struct('io.k8s.api.core.v1.ConfigMap', 'Configuration that is no secret.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  immutable: bool(4, 'True forbids any further change of the data.', { pointer: true }),
  data: map(2, 'string', 'Text by key.'),
  binaryData: map(3, 'bytes', 'Bytes by key; no key may also be in data.'),
});
export type ConfigMap = ObjectOf<typeof ConfigMap>;

const validateConfigMap = (configMap: ConfigMap, old?: ConfigMap): FieldError[] => {
  const { data, binaryData } = configMap;
  const errors = [
    ...validateObjectMeta(configMap.metadata, { namespaced: true }, old?.metadata),
    ...validateKeys(data, 'data'),
    ...validateKeys(binaryData, 'binaryData'),
  ];
  for (const key of Object.keys(data ?? {})) {
    if (getOwn(binaryData, key) !== undefined) errors.push(invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'));
  }
  if (textBytes(data) + binaryBytes(binaryData) > MAX_DATA_BYTES) errors.push(tooLong('[]', MAX_DATA_BYTES));
  return old ? [...errors, ...validateImmutable(configMap, old, ['data', 'binaryData'])] : errors;
};

const count = (map: object | undefined): number => Object.keys(map ?? {}).length;

export const configMaps = defineResource<ConfigMap>({
  group: '',
  resource: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
  shortNames: ['cm'],
  versions: soleVersion('v1', ConfigMap),
  generation: false,
  validate: validateConfigMap,
  columns: [
    nameColumn,
    integer('Data', 'Number of entries.', (configMap: ConfigMap) => count(configMap.data) + count(configMap.binaryData)),
    ageColumn,
  ],
});
