/**
 * ConfigMap: configuration that is no secret.
 */
import { bool, map, message, struct } from '../dsl/field.ts';
import { ageColumn, integer, nameColumn } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';

export const ConfigMap = struct('io.k8s.api.core.v1.ConfigMap', '@core.ConfigMap', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, '@core.ConfigMap.metadata'),
  immutable: bool(4, '@core.ConfigMap.immutable', { pointer: true }),
  data: map(2, 'string', '@core.ConfigMap.data'),
  binaryData: map(3, 'bytes', '@core.ConfigMap.binaryData'),
});
export type ConfigMap = ObjectOf<typeof ConfigMap>;

const count = (map: object | undefined): number => Object.keys(map ?? {}).length;

export const configMaps = defineResource<ConfigMap>({
  group: '',
  resource: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
  shortNames: ['cm'],
  versions: soleVersion('v1', ConfigMap),
  generation: false,
  columns: [
    nameColumn,
    integer('Data', 'Number of entries.', (configMap: ConfigMap) => count(configMap.data) + count(configMap.binaryData)),
    ageColumn,
  ],
});
