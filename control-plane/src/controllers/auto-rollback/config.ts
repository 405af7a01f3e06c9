/**
 * The ConfigMaps and Secrets that return with a rollback. When a revision is complete, the revisions of what its template uses are noted on the workload.
 * A rollback first notes what must return and from what (`Pending`), then asks for it, and when each object moved, its template follows. So at every moment
 * the objects themselves say how far it is, and whoever changes one of them meanwhile wins.
 */
import { configMaps } from '#schema/core/config-map.ts';
import type { PodTemplateSpec } from '#schema/core/pod-template.ts';
import { secrets } from '#schema/core/secret.ts';
import { parseTime } from '#schema/meta/time.ts';
import { type KubeObject, type ResourceDefinition, storageKey } from '#schema/resource.ts';
import type { Change } from '../../controller-runtime/controller.ts';
import type { Snapshot } from '../../controller-runtime/snapshot.ts';

/** `true`: what the template uses returns, too. */
export const CONFIG = 'kedge.dev/auto-rollback-config';
/** On the workload: `Kind/name` -> resourceVersion when its last complete revision was complete. */
export const LAST_COMPLETE_CONFIG = 'kedge.dev/last-complete-config';
/** On the workload, while a rollback is under way. */
export const PENDING = 'kedge.dev/rollback-config-pending';
/** On the workload: what was returned, or why not. */
export const RETURNED = 'kedge.dev/rollback-config';
/** On a ConfigMap or Secret: for which workload it was returned, `Kind/name`, and from which revision. */
export const RESTORED_FOR = 'kedge.dev/restored-for';
export const RESTORED = 'kedge.dev/restored';

/** What was changed this long before a rollout began is not blamed for its failure. */
const SETTLED_MS = 600_000;

const definitions: readonly ResourceDefinition[] = [configMaps, secrets];
const byKind = new Map(definitions.map((definition) => [definition.kind, definition]));

export const configResources = definitions.map(storageKey);

export type Revisions = Readonly<Record<string, string>>;

export interface Pending {
  /** The revision that failed. */
  readonly from: string;
  /** `Kind/name` -> the revision it returns to, and the one it had ('' when it was gone). */
  readonly objects: Readonly<Record<string, readonly [to: string, from: string]>>;
}

export const wantsConfig = ({ metadata }: KubeObject): boolean => metadata.annotations?.[CONFIG] === 'true';

/** `Kind/name` of every ConfigMap and Secret in env, envFrom and volumes, sorted. */
const usedBy = ({ spec }: PodTemplateSpec): string[] => {
  const found = new Set<string>();
  const add = (kind: string, name: string | undefined): void => {
    if (name) found.add(`${kind}/${name}`);
  };
  for (const { env, envFrom } of [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]) {
    for (const { valueFrom } of env ?? []) {
      add('ConfigMap', valueFrom?.configMapKeyRef?.name);
      add('Secret', valueFrom?.secretKeyRef?.name);
    }
    for (const { configMapRef, secretRef } of envFrom ?? []) {
      add('ConfigMap', configMapRef?.name);
      add('Secret', secretRef?.name);
    }
  }
  for (const { configMap, secret, projected } of spec?.volumes ?? []) {
    add('ConfigMap', configMap?.name);
    add('Secret', secret?.secretName);
    for (const source of projected?.sources ?? []) {
      add('ConfigMap', source.configMap?.name);
      add('Secret', source.secret?.name);
    }
  }
  return [...found].sort();
};

const split = (key: string): [kind: string, name: string] => {
  const slash = key.indexOf('/');
  return [key.slice(0, slash), key.slice(slash + 1)];
};

const find = (key: string, namespace: string, snapshot: Snapshot): KubeObject | undefined => {
  const [kind, name] = split(key);
  const definition = byKind.get(kind);
  return definition && snapshot.get(storageKey(definition), namespace, name);
};

const revisionOf = (object: KubeObject | undefined): string => object?.metadata.resourceVersion ?? '';

/** What the template uses, as it is now. */
export const revisionsNow = (template: PodTemplateSpec, namespace: string, snapshot: Snapshot): Revisions =>
  Object.fromEntries(
    usedBy(template).flatMap((key) => {
      const revision = revisionOf(find(key, namespace, snapshot));
      return revision === '' ? [] : [[key, revision]];
    }),
  );

/** An annotation that holds JSON of ours; undefined when it is missing or somebody wrote something else there. */
const parsed = <T>(object: KubeObject, annotation: string): T | undefined => {
  try {
    const value: unknown = JSON.parse(object.metadata.annotations?.[annotation] ?? '');
    return typeof value === 'object' && value !== null ? (value as T) : undefined;
  } catch {
    return undefined;
  }
};

const isRevision = (value: unknown): value is string => typeof value === 'string' && /^\d{1,15}$/.test(value);

export const notedRevisions = (workload: KubeObject): Revisions | undefined => {
  const noted = parsed<Record<string, unknown>>(workload, LAST_COMPLETE_CONFIG);
  return noted && Object.values(noted).every(isRevision) ? (noted as Revisions) : undefined;
};

export const pendingOf = (workload: KubeObject): Pending | undefined => {
  const pending = parsed<Pending>(workload, PENDING);
  const steps: unknown[] = Object.values(pending?.objects ?? {});
  const isSound = steps.every((step) => Array.isArray(step) && isRevision(step[0]) && (step[1] === '' || isRevision(step[1])));
  return pending?.objects && isSound ? pending : undefined;
};

const lastChangedMs = (object: KubeObject): number =>
  Math.max(
    parseTime(object.metadata.creationTimestamp ?? '') || 0,
    ...(object.metadata.managedFields ?? []).map(({ time }) => parseTime(time ?? '') || 0),
  );

/** What must return so that everything is as it was when the last complete revision was complete; a change well before the rollout is not undone. */
export const toReturn = (workload: KubeObject, from: string, rolloutBeganMs: number, snapshot: Snapshot): Pending => {
  const objects = Object.entries(notedRevisions(workload) ?? {}).flatMap(([key, to]) => {
    const object = find(key, workload.metadata.namespace ?? '', snapshot);
    if (object && (revisionOf(object) === to || lastChangedMs(object) <= rolloutBeganMs - SETTLED_MS)) return [];
    return [[key, [to, revisionOf(object)]] as const];
  });
  return { from, objects: Object.fromEntries(objects) };
};

const noteOf = (to: string, from: string): string => `revision ${to}${from === '' ? '' : ` in place of ${from}`}`;

/** What of it has not moved yet. */
export const restores = (workload: KubeObject, { objects }: Pending, rolloutBeganMs: number, snapshot: Snapshot): Change[] =>
  Object.entries(objects).flatMap(([key, [to, from]]): Change[] => {
    const { namespace = '' } = workload.metadata;
    const [kind, name] = split(key);
    const definition = byKind.get(kind);
    const object = find(key, namespace, snapshot);
    if (!definition || revisionOf(object) !== from) return [];
    return [
      {
        op: 'restore',
        definition,
        object: object ?? ({ metadata: { namespace, name } } as KubeObject),
        past: {
          revision: to,
          keepUntilMs: rolloutBeganMs - SETTLED_MS,
          annotations: { [RESTORED_FOR]: `${workload.kind}/${workload.metadata.name}`, [RESTORED]: noteOf(to, from) },
        },
      },
    ];
  });

/** For people: what was returned. An object somebody else changed meanwhile is not in it. */
export const returned = (workload: KubeObject, { objects }: Pending, snapshot: Snapshot): string =>
  Object.entries(objects)
    .filter(([key, [to, from]]) => {
      const object = find(key, workload.metadata.namespace ?? '', snapshot);
      return object?.metadata.annotations?.[RESTORED] === noteOf(to, from);
    })
    .map(([key]) => key.replace('/', ' '))
    .join(', ');
