/**
 * How wishes become the writes of one round: which of them may stand in one batch, and what each says to the store. Pure.
 */
import type { KubeObject } from '#schema/resource.ts';
import { storageKey } from '#schema/resource.ts';
import type { ObjectKey, StoredObject, Write } from '../store/store.ts';
import type { Answers } from './awaited-admission.ts';
import { deriveColumns } from './derived.ts';
import type { Draws } from './draws.ts';
import type { Intent, IntentResult } from './intent.ts';
import type { Plan } from './plan.ts';
import { strategyOf } from './strategies.ts';

/** Writes of one store call. */
export const batchSize = 100;

/** A wish on its way through the rounds. */
export interface Attempt {
  readonly intent: Intent;
  readonly index: number;
  /** The control plane's own: nobody waits for webhooks with it. */
  readonly unattended: boolean;
  /** undefined: not read yet. null: not there. */
  current: StoredObject | null | undefined;
  /** `current` opened and parsed, as it was read for this round; whoever takes it may keep it. */
  opened?: KubeObject | undefined;
  /** `current` is what this process wrote, not what it read: only a commit proves it. */
  remembered?: boolean;
  tries: number;
  /** What this try drew at random. */
  draws?: Draws;
  /** Stored in a version that is not the stored one any more. */
  outdated?: boolean;
  /** What webhooks said to this wish. */
  readonly answers: Answers;
  /** Scope of the last pick that was taken. */
  claimed?: string;
  result?: IntentResult;
}

/** A wish with its plan, ready to be written. */
export interface Planned {
  readonly attempt: Attempt;
  readonly plan: Plan;
  /** The open body of `write`. */
  readonly text: string;
  readonly write: Write;
  readonly before: KubeObject | undefined;
}

export const keyText = (key: ObjectKey): string => `${key.resource}/${key.namespace}/${key.name}`;

export const keyOf = (intent: Intent, object: KubeObject): ObjectKey =>
  intent.op === 'create'
    ? { resource: storageKey(intent.definition), namespace: object.metadata.namespace ?? '', name: object.metadata.name ?? '' }
    : intent.key;

/** At most one wish per key and call, at most one batch; the rest waits for the next round, in order. */
export const onePerKey = (open: readonly Attempt[]): Attempt[] => {
  const seen = new Set<string>();
  const chosen: Attempt[] = [];
  for (const attempt of open) {
    if (chosen.length === batchSize) break;
    const { intent } = attempt;
    const name = intent.op === 'create' ? intent.object.metadata.name : intent.key.name;
    if (name) {
      const key = keyText(keyOf(intent, intent.op === 'create' ? intent.object : ({ metadata: {} } as KubeObject)));
      if (seen.has(key)) continue;
      seen.add(key);
    }
    chosen.push(attempt);
  }
  return chosen;
};

export const writeOf = (
  intent: Intent,
  plan: Plan,
  { key, uid, body, current }: { key: ObjectKey; uid: string; body: string; current: StoredObject | undefined },
): Write => {
  const { definition } = intent;
  const author = { user: intent.actor.user.name, manager: intent.actor.fieldManager };
  const quota = plan.action !== 'none' && plan.quota ? { quota: plan.quota } : {};
  if (plan.action === 'create') {
    return {
      op: 'create',
      author,
      key,
      uid,
      body,
      derived: deriveColumns(definition, plan.object),
      guards: {
        ...(definition.namespaced ? { namespaceAlive: true } : {}),
        ...(intent.op === 'create' && intent.ownerUid ? { ownerUid: intent.ownerUid } : {}),
        ...quota,
      },
    };
  }
  const revision = current!.revision;
  if (plan.action === 'update') {
    return { op: 'update', author, key, uid, body, revision, derived: deriveColumns(definition, plan.object), guards: quota };
  }
  const ownersGone = intent.op === 'delete' ? intent.ownersGone : undefined;
  return {
    op: 'delete',
    author,
    key,
    uid,
    body,
    revision,
    guards: { ...strategyOf(definition).removalGuards?.(plan.object), ...(ownersGone ? { ownersGone } : {}) },
  };
};

/** A create of the control plane that comes again is the same: its name says which it is. */
export const seedOf = ({ intent, unattended, tries }: Attempt): string | undefined =>
  unattended && intent.op === 'create' && intent.object.metadata.name ? `${keyText(keyOf(intent, intent.object))}/${tries}` : undefined;
