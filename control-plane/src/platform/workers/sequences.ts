/** Which kinds the hub keeps itself, and which kinds count their revisions together. Free of the runtime: tests read it anywhere. */
import { leases } from '#schema/coordination/lease.ts';
import { storageKey } from '#schema/resource.ts';
import { resources } from '#schema/resources.ts';

export type Sequence = 'durable' | 'volatile' | 'leases';

export const LEASES = storageKey(leases);

export const volatileResources: readonly string[] = resources.filter(({ storage }) => storage === 'volatile').map(storageKey);
export const isVolatile = (resource: string): boolean => volatileResources.includes(resource);

/** Which revisions a resource shares with others: a follower hears of one sequence. */
export const sequenceOf = (resource: string): Sequence => (resource === LEASES ? 'leases' : isVolatile(resource) ? 'volatile' : 'durable');
