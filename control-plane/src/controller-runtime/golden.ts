/**
 * Golden pairs: a world and a key as YAML in, the decision as YAML out, in a form a person can review. Created objects are shown whole, updates
 * as what they change. The reader of the files is controllers/goldens.test.ts.
 */

import { parse, stringify } from 'yaml';
import { equalJson } from '#schema/dsl/own.ts';
import { parseTime, toRfc3339 } from '#schema/meta/time.ts';
import { type KubeObject, storageKey } from '#schema/resource.ts';
import type { Liveness } from '../hub/hub.ts';
import type { Change, Controller, Outcome } from './controller.ts';
import type { Refusal } from './engine.ts';

import { definitionOf, PlainWorld } from './plain-world.ts';
import { testCluster } from './testing.ts';

interface GoldenInput {
  /** Name of the controller. */
  readonly controller: string;
  /** `namespace/name`, or `name` of a cluster-scoped object. */
  readonly key: string;
  readonly now: string;
  /** When each node was last heard; since when anybody listens (default: long ago). */
  readonly heard?: Readonly<Record<string, string>>;
  readonly listeningSince?: string;
  /** What was refused of the last decision. */
  readonly refused?: readonly {
    readonly op: Refusal['op'];
    readonly apiVersion: string;
    readonly kind: string;
    readonly message: string;
  }[];
  readonly objects: readonly KubeObject[];
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A merge patch from one JSON value to another: removed fields are null, lists stand whole. */
const difference = (from: unknown, to: unknown): unknown => {
  if (!isRecord(from) || !isRecord(to)) return to;
  const out: Record<string, unknown> = {};
  for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
    if (equalJson(from[key], to[key])) continue;
    out[key] = to[key] === undefined ? null : difference(from[key], to[key]);
  }
  return out;
};

const title = ({ definition, object }: Change): string =>
  [definition.resource, [object.metadata.namespace, object.metadata.name].filter(Boolean).join('/')].join(' ');

const renderChange = (change: Change, world: PlainWorld): unknown => {
  if (change.op === 'create') return { create: change.object, ...(change.ownerUid ? { unlessOwnerGone: change.ownerUid } : {}) };
  if (change.op === 'restore') {
    const { keepUntilMs, ...past } = change.past;
    return { restore: title(change), ...past, ...(keepUntilMs === undefined ? {} : { keepUntil: toRfc3339(keepUntilMs) }) };
  }
  if (change.op === 'delete') {
    const { propagation, gracePeriodSeconds } = change.request;
    return {
      delete: title(change),
      ...(propagation ? { propagation } : {}),
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
      ...(change.ownersGone ? { onlyIfGone: change.ownersGone } : {}),
    };
  }
  const { namespace = '', name = '' } = change.object.metadata;
  const current = world.cache.get(storageKey(change.definition), namespace, name);
  const verb = change.subresource ? `update ${change.subresource}` : 'update';
  return { [verb]: title(change), change: difference(current, change.object) };
};

const renderOutcome = (outcome: Outcome, world: PlainWorld): unknown => ({
  changes: outcome.changes.map((change) => renderChange(change, world)),
  ...(outcome.tasks?.length ? { tasks: outcome.tasks.map(({ task, object }) => `${task} ${object.metadata.name}`) } : {}),
  ...(outcome.events?.length
    ? { events: outcome.events.map(({ about, type, reason, message }) => `${type} ${reason} ${about.metadata.name}: ${message}`) }
    : {}),
  ...(outcome.requeueAtMs === undefined ? {} : { lookAgainAt: toRfc3339(outcome.requeueAtMs) }),
});

/** @throws Error when the input names no such controller or kind */
export const renderGolden = (inputText: string, controllers: readonly Controller[]): string => {
  const input = parse(inputText) as GoldenInput;
  const controller = controllers.find(({ name }) => name === input.controller);
  if (!controller) throw new Error(`no controller ${input.controller}`);
  const liveness: Liveness = {
    nodes: Object.entries(input.heard ?? {}).map(([node, time]) => ({ node, lastHeardMs: parseTime(time), connected: true })),
    observingSinceMs: input.listeningSince ? parseTime(input.listeningSince) : 0,
  };
  const world = new PlainWorld({ nowMs: parseTime(input.now), cluster: testCluster, liveness });
  for (const object of input.objects) world.add(object);
  const [namespace, name] = input.key.includes('/') ? (input.key.split('/') as [string, string]) : ['', input.key];
  const refusals = input.refused?.map(
    ({ op, message, ...kind }): Refusal => ({ op, message, definition: definitionOf(kind as unknown as KubeObject) }),
  );
  const outcome = controller.reconcile({ namespace, name }, world.context(refusals));
  return stringify(renderOutcome(outcome, world), { lineWidth: 140, aliasDuplicateObjects: false });
};
