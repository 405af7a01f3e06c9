/**
 * createRegistry: the only way objects are written. `applyAll` is the port the control loop and the sync endpoint use; `run` and `read` serve
 * the HTTP handlers.
 */
import type { KubeObject, ResourceDefinition } from '#schema/resource.ts';
import { storageKey } from '#schema/resource.ts';
import { type AwaitedContext, type AwaitedRequest, newPasses } from '../admission/awaited.ts';
import { awaitedSteps } from '../admission/awaited-steps.ts';
import { configurationsOf } from '../admission/configurations.ts';
import { delay } from '../apiserver/delay.ts';
import { type ApiError, NotYet, notFound } from '../apiserver/errors.ts';
import type { Platform } from '../platform/platform.ts';
import type { StoredObject } from '../store/store.ts';
import { AwaitedAdmission } from './awaited-admission.ts';
import { keyText } from './batch.ts';
import { type RunOptions, WriteEngine } from './engine.ts';
import type { Intent, IntentResult } from './intent.ts';
import type { Actor, Operation, OperationResult, Registry } from './registry.ts';
import { type BodyCodec, createBodyCodec } from './sealed.ts';

export type RegistryPlatform = Pick<Platform, 'store' | 'hub' | 'keys' | 'cluster' | 'clock' | 'random' | 'log'> &
  Partial<Pick<Platform, 'relay' | 'outbound' | 'tracer' | 'parsed' | 'turns'>>;

export interface ApiRegistry extends Registry {
  readonly bodies: BodyCodec;
  /** One wish. @throws ApiError, StoreError */
  one(intent: Intent): Promise<{ readonly object: KubeObject; readonly text?: string; readonly deleted: boolean }>;
  run(intents: readonly Intent[]): Promise<IntentResult[]>;
  /** Asks webhooks and policies about something that is no write of an object: a stream, a token, an eviction. @throws ApiError when they refuse */
  review(request: Omit<AwaitedRequest, 'passes'>, heard: Pick<Intent, 'warn' | 'annotate'>): Promise<void>;
  /** The stored object with a readable body. One store call. @throws ApiError NotFound */
  get(definition: ResourceDefinition, namespace: string, name: string): Promise<StoredObject>;
}

/** A second and a half in all, in few calls of the store, as long as Kubernetes waits: a new namespace gets its account sooner. No answer may take two. */
const notYetTries = 8;
const pause = (tries: number): Promise<void> => delay(100 * 1.25 ** (tries - 1), new AbortController().signal);

/** `platform.hub` is asked for at each write only, so that a composition root may set it after the registry is made. */
export const createRegistry = (platform: RegistryPlatform): ApiRegistry => {
  const { store, keys, cluster, clock, random, log, parsed, turns } = platform;
  const bodies = createBodyCodec(keys.sealingKeys, cluster.clusterUid);
  const admission = new AwaitedAdmission(configurationsOf(store), awaitedSteps(platform));
  const engine = new WriteEngine({
    store,
    bodies,
    cluster,
    clock,
    random,
    log,
    admission,
    ...(parsed ? { parsed } : {}),
    notify: (changes) => platform.hub.notify(changes),
  });

  /** Nobody waits for a turn with many wishes, or while a webhook is asked. */
  const run = async (intents: readonly Intent[], options: RunOptions = {}): Promise<IntentResult[]> => {
    const [intent] = intents;
    if (!turns || intents.length !== 1 || intent!.op === 'create' || intent!.dryRun) return engine.run(intents, options);
    const end = await turns.take(keyText(intent!.key));
    try {
      return await engine.run(intents, { ...options, onAsk: end });
    } finally {
      end();
    }
  };

  return {
    bodies,
    run,
    review: async (request, { warn, annotate }) => {
      const nowMs = clock.now();
      const configured = await admission.configurations.current(nowMs);
      if (!admission.configurations.any) return;
      const context: AwaitedContext = {
        configured,
        lookup: (key) => engine.lookup(key, nowMs),
        warn: (text) => warn?.(text),
        annotate: (key, value) => annotate?.(key, value),
        nowMs,
        unattended: false,
      };
      const asked = { ...request, passes: newPasses() };
      for (const phase of ['mutate', 'validate'] as const)
        if (admission.wants(phase, asked)) await admission.run(phase, asked, context, new Map());
    },
    one: async (intent) => {
      for (let tries = 1; ; tries++) {
        const result = (await run([intent]))[0]!;
        if (result.status === 'done') return result;
        if (result.status === 'fenced') throw new Error('fenced without an epoch');
        if (!(result.error instanceof NotYet) || tries === notYetTries) throw result.error;
        await pause(tries);
      }
    },
    get: async (definition, namespace, name) => {
      const stored = await store.get({ resource: storageKey(definition), namespace, name });
      if (!stored) throw notFound(definition, name);
      return definition.sealed ? { ...stored, body: await bodies.open(stored, stored.body) } : stored;
    },
    applyAll: async (operations, actor, options) => {
      const results = await run(
        operations.map((operation) => toIntent(operation, operation.actor ?? actor)),
        { ...options, unattended: true },
      );
      return results.map(toOperationResult);
    },
  };
};

const keyOf = (definition: ResourceDefinition, object: KubeObject) => ({
  resource: storageKey(definition),
  namespace: definition.namespaced ? (object.metadata.namespace ?? '') : '',
  name: object.metadata.name!,
});

const toIntent = (operation: Operation, actor: Actor): Intent => {
  const { definition } = operation;
  switch (operation.op) {
    case 'create':
      return { op: 'create', definition, actor, object: operation.object, ...(operation.ownerUid ? { ownerUid: operation.ownerUid } : {}) };
    case 'update':
      return {
        op: 'update',
        definition,
        actor,
        key: keyOf(definition, operation.object),
        subresource: operation.subresource ?? '',
        change: () => operation.object,
        ...(operation.object.metadata.uid ? { uid: operation.object.metadata.uid } : {}),
      };
    case 'delete': {
      const { uid, resourceVersion } = operation.object.metadata;
      // Decided from this very object; an agent knows the uid alone.
      const preconditions = {
        ...(uid ? { uid } : {}),
        ...(resourceVersion ? { resourceVersion } : {}),
        ...operation.request.preconditions,
      };
      return {
        op: 'delete',
        definition,
        actor,
        key: keyOf(definition, operation.object),
        request: { ...operation.request, preconditions },
        ...(operation.ownersGone ? { ownersGone: operation.ownersGone } : {}),
      };
    }
    case 'merge':
      return {
        op: 'update',
        definition,
        actor,
        key: { resource: storageKey(definition), namespace: operation.namespace, name: operation.name },
        subresource: operation.subresource ?? '',
        change: operation.merge,
        ...(operation.uid ? { uid: operation.uid } : {}),
      };
  }
};

const guardReasons = new Set<ApiError['reason']>(['Forbidden', 'Timeout', 'ServiceUnavailable', 'TooManyRequests']);

const toOperationResult = (result: IntentResult): OperationResult => {
  if (result.status === 'done') {
    return result.written
      ? { status: 'ok', object: result.object, deleted: result.deleted }
      : { status: 'unchanged', object: result.object };
  }
  if (result.status === 'fenced') return result;
  const { error, current, guard } = result;
  const rest = { message: error.message, ...(current ? { current } : {}) };
  if (guard || guardReasons.has(error.reason)) return { status: 'guard', ...rest };
  if (error.reason === 'Conflict') return { status: 'conflict', ...rest };
  if (error.reason === 'AlreadyExists') return { status: 'alreadyExists', ...rest };
  if (error.reason === 'NotFound') return { status: 'notFound', ...rest };
  return { status: 'invalid', message: error.message };
};
