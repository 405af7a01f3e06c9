/** All strategies; a resource without one does nothing beyond its definition. */
import { type ResourceDefinition, storageKey } from '#schema/resource.ts';
import { customResourceDefinitions } from './strategies/custom-resource-definitions.ts';
import { namespaces } from './strategies/namespaces.ts';
import { pods } from './strategies/pods.ts';
import { services } from './strategies/services.ts';
import type { Strategy } from './strategy.ts';

const table: ReadonlyMap<string, Strategy> = new Map([customResourceDefinitions, namespaces, pods, services].map((s) => [s.resource, s]));

export const strategyOf = (definition: ResourceDefinition): Strategy => {
  const resource = storageKey(definition);
  return table.get(resource) ?? { resource };
};
