/**
 * The scheduler as a controller: one key stands for all waiting pods, so that one pass binds many in one batch. What it remembers between passes
 * (session.ts) belongs to the cache it reads and is only ever derived from it.
 */

import { nothing, type ObjectRef } from '../controller-runtime/controller.ts';
import type { ActingController, BatchController, SeededController } from '../controller-runtime/engine.ts';
import type { Snapshot } from '../controller-runtime/snapshot.ts';
import type { Actor } from '../registry/registry.ts';
import { profiles as allProfiles, DEFAULT_SCHEDULER } from './profiles.ts';
import { type Profiles, Session } from './session.ts';
import { followed } from './state/cluster-feed.ts';

const BATCH: ObjectRef = { namespace: '', name: 'batch' };
/** Of the cluster's masters, as the rest of the control plane; the name is kube-scheduler's. */
const actor: Actor = {
  user: { name: 'system:kube-scheduler', groups: ['system:masters', 'system:authenticated'] },
  fieldManager: 'kube-scheduler',
};

const batch = (): readonly ObjectRef[] => [BATCH];

/** A scheduler of its own, with its own memory. */
export const createScheduler = (profiles: Profiles = allProfiles): SeededController & BatchController & ActingController => {
  const sessions = new WeakMap<Snapshot, Session>();
  return {
    name: DEFAULT_SCHEDULER,
    primary: '',
    seeds: [BATCH],
    batches: true,
    actor,
    watches: followed.map((resource) => ({ resource, keys: batch })),
    reconcile: (_ref, { snapshot, nowMs }) => {
      let session = sessions.get(snapshot);
      if (!session) {
        session = new Session(snapshot, profiles);
        sessions.set(snapshot, session);
      }
      try {
        const outcome = session.pass(nowMs);
        return outcome.changes.length === 0 && outcome.requeueAtMs === undefined ? nothing : outcome;
      } catch (error) {
        // half a pass may be in its memory: the next one begins with a new one
        session.close();
        sessions.delete(snapshot);
        throw error;
      }
    },
  };
};

export const scheduler = createScheduler();
