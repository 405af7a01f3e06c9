/**
 * The applier: turns one round's changes into one registry batch and the results back into what the cache and the queue must know.
 * At most one write per object goes into a batch; a later change of the same object waits for the next round, when it is decided anew.
 */
import { type KubeObject, storageKey } from '#schema/resource.ts';
import type { Actor, Operation, OperationResult, Registry } from '../registry/registry.ts';
import type { Change } from './controller.ts';
import type { WrittenObject } from './informer-cache.ts';
import { objectKey } from './object-cache.ts';
import { type Past, prepareRestores } from './restore.ts';

/** Every store call ends within this; afterwards the outcome is unknown and the change log decides. */
export const STORE_DEADLINE_MS = 10_000;

/** One change of one key, and what became of it. */
export interface Planned {
  readonly key: string;
  readonly change: Change;
  /** Who decided it, where it is not the loop itself. */
  readonly actor?: Actor;
}

const targetOf = ({ definition, object }: Change): string =>
  objectKey(storageKey(definition), object.metadata.namespace ?? '', object.metadata.name ?? object.metadata.uid ?? '');

/** Splits changes into those of this batch and the keys whose other changes must wait a round. Order is kept. */
export const planBatch = (planned: readonly Planned[]): { readonly batch: readonly Planned[]; readonly postponed: ReadonlySet<string> } => {
  const targets = new Set<string>();
  const batch: Planned[] = [];
  const postponed = new Set<string>();
  for (const item of planned) {
    const target = targetOf(item.change);
    if (targets.has(target)) {
      postponed.add(item.key);
      continue;
    }
    targets.add(target);
    batch.push(item);
  }
  return { batch, postponed };
};

/**
 * The cache knows only the metadata of a sealed object, so an update of one takes over owners and finalizers alone, and only onto the revision it
 * was decided from.
 */
const toOperation = (change: Exclude<Change, { op: 'restore' }>): Operation => {
  const { definition, object } = change;
  if (change.op !== 'update' || !definition.sealed) return change;
  const { name = '', namespace = '', uid, resourceVersion, ownerReferences, finalizers } = object.metadata;
  return {
    op: 'merge',
    definition,
    namespace,
    name,
    ...(uid ? { uid } : {}),
    merge: (current) => {
      if (current.metadata.resourceVersion !== resourceVersion) return undefined;
      const { ownerReferences: _owners, finalizers: _finalizers, ...metadata } = current.metadata;
      return {
        ...current,
        metadata: { ...metadata, ...(ownerReferences ? { ownerReferences } : {}), ...(finalizers ? { finalizers } : {}) },
      };
    },
  };
};

/** @throws Error when the store does not answer in time: what was written is unknown then. */
export const applyBatch = async (
  registry: Registry,
  batch: readonly Planned[],
  options: { readonly actor: Actor; readonly epoch: number; readonly deadlineMs?: number; readonly past?: Past | undefined },
): Promise<OperationResult[]> => {
  const deadlineMs = options.deadlineMs ?? STORE_DEADLINE_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the store did not answer within ${deadlineMs} ms`)), deadlineMs);
  });
  const work = applyInTime(registry, batch, options);
  work.catch(() => undefined);
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
};

const applyInTime = async (
  registry: Registry,
  batch: readonly Planned[],
  { actor, epoch, past }: { readonly actor: Actor; readonly epoch: number; readonly past?: Past | undefined },
): Promise<OperationResult[]> => {
  const write = (operations: readonly Operation[]) => registry.applyAll(operations, actor, { epoch });
  const restores = await prepareRestores(batch, past, write);
  const steps = batch.map(({ change, actor: own }) => {
    if (change.op === 'restore') return restores.get(change)!;
    return own ? { ...toOperation(change), actor: own } : toOperation(change);
  });
  const results = await write(steps.filter((step) => 'op' in step));
  let at = 0;
  return steps.map((step) => ('op' in step ? results[at++]! : step));
};

/** Objects whose new state the results tell. */
export const writtenOf = (batch: readonly Planned[], results: readonly OperationResult[]): WrittenObject[] => {
  const written: WrittenObject[] = [];
  batch.forEach(({ change }, i) => {
    const result = results[i];
    const resource = storageKey(change.definition);
    if (result?.status === 'ok') written.push({ resource, object: result.object, deleted: result.deleted });
    const current: KubeObject | undefined = result && 'current' in result ? result.current : undefined;
    if (current) written.push({ resource, object: current, deleted: false });
  });
  return written;
};
