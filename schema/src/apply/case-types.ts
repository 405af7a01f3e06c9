/** Short ways to write OpenAPI schemas in the tests of this folder. */
import { wholeObject } from './open-api-schema.ts';
import type { TypeSchema } from './type-schema.ts';

export const text = { type: 'string' };
export const number = { type: 'number' };
export const object = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more });
export const mapOf = (value: object, more: object = {}) => ({ type: 'object', additionalProperties: value, ...more });
export const listOf = (items: object, listType = 'atomic', keys: readonly string[] = []) => ({
  type: 'array',
  items,
  'x-kubernetes-list-type': listType,
  'x-kubernetes-list-map-keys': keys,
});
export const mapList = (properties: object, ...keys: readonly string[]) => listOf(object(properties), 'map', keys);
export const type = (properties: object, more: object = {}): TypeSchema => wholeObject(object(properties, more));
