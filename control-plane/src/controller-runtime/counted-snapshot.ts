/**
 * A snapshot that counts its look-ups, so that a decision which never ends is ended: clocks stand still while a Worker computes, counts do not.
 * Pure reading of what was returned is not seen; quarantine.ts is for what computes without asking.
 */
import type { Snapshot } from './snapshot.ts';

/** Look-ups of one decision. The scheduler's largest pass takes a few per waiting pod. */
const MAX_LOOKUPS = 2_000_000;

export interface CountedSnapshot {
  /** One for the whole life of `snapshot`: readers remember what they know about it. */
  readonly snapshot: Snapshot;
  /** A decision begins. */
  begin(): void;
}

export const countedSnapshot = (snapshot: Snapshot, limit = MAX_LOOKUPS): CountedSnapshot => {
  let lookups = 0;
  const counted =
    <A extends readonly unknown[], R>(look: (...args: A) => R) =>
    (...args: A): R => {
      if (++lookups > limit) throw new Error(`the decision takes more than ${limit} look-ups`);
      return look(...args);
    };
  const { follow } = snapshot;
  return {
    snapshot: {
      get revision() {
        return snapshot.revision;
      },
      get definitions() {
        return snapshot.definitions;
      },
      get: counted(snapshot.get.bind(snapshot)) as Snapshot['get'],
      byUid: counted(snapshot.byUid.bind(snapshot)),
      ownedBy: counted(snapshot.ownedBy.bind(snapshot)) as Snapshot['ownedBy'],
      dependents: counted(snapshot.dependents.bind(snapshot)),
      onNode: counted(snapshot.onNode.bind(snapshot)) as Snapshot['onNode'],
      withLabel: counted(snapshot.withLabel.bind(snapshot)) as Snapshot['withLabel'],
      inNamespace: counted(snapshot.inNamespace.bind(snapshot)) as Snapshot['inNamespace'],
      all: counted(snapshot.all.bind(snapshot)) as Snapshot['all'],
      unscheduledPods: counted(snapshot.unscheduledPods.bind(snapshot)) as Snapshot['unscheduledPods'],
      ...(follow ? { follow: follow.bind(snapshot) } : {}),
    },
    begin: () => {
      lookups = 0;
    },
  };
};
