/** All subresources of a served resource, the common ones included: what discovery shows and what requests may name. */
import { Scale } from '#schema/autoscaling/scale.ts';
import type { ResourceDefinition, SubresourceDefinition } from '#schema/resource.ts';

const readWrite = ['get', 'patch', 'update'];

export const subresourcesOf = (definition: ResourceDefinition): readonly SubresourceDefinition[] => [
  ...definition.subresources,
  ...(definition.hasStatus ? [{ name: 'status', kind: definition.kind, verbs: readWrite }] : []),
  ...(definition.scale ? [{ name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: readWrite, schema: Scale }] : []),
];

export const findSubresource = (definition: ResourceDefinition, name: string): SubresourceDefinition | undefined =>
  subresourcesOf(definition).find((s) => s.name === name);
