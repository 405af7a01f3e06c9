/** Copies of API objects. managedFields are never changed in place, only replaced, so copies share them. */
import { cloneJson } from '#schema/dsl/own.ts';
import type { KubeObject } from '#schema/resource.ts';

export const cloneObject = <T extends KubeObject>(object: T): T => {
  const { metadata, ...rest } = object;
  const { managedFields, ...meta } = metadata ?? {};
  const copy = { ...cloneJson(rest), metadata: cloneJson(meta) } as T;
  if (managedFields) copy.metadata.managedFields = managedFields;
  return copy;
};
