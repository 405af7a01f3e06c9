/**
 * Restores: a decision names a revision of an object, and here its content is read from the history and becomes an ordinary operation, guarded by the
 * revision it was decided from. Either everything a key asks for can be read, or all of it is refused and nothing of it is written.
 */
import { type KubeObject, storageKey } from '#schema/resource.ts';
import type { Operation, OperationResult } from '../registry/registry.ts';
import type { BodyCodec } from '../registry/sealed.ts';
import type { History, StoredVersion } from '../store/history.ts';
import type { ObjectKey } from '../store/store.ts';
import type { Planned } from './applier.ts';
import type { Change } from './controller.ts';

/** What restores need of the store: versions, and their readable text. */
export interface Past {
  readonly history: Pick<History, 'version' | 'revisionAt'>;
  readonly bodies: Pick<BodyCodec, 'open'>;
}

type Restore = Extract<Change, { op: 'restore' }>;
type Refused = Extract<OperationResult, { status: 'invalid' }>;

/** undefined where the platform keeps no history. */
export const pastOf = (history: Past['history'] | undefined, bodies: Past['bodies'] | undefined): Past | undefined =>
  history && bodies ? { history, bodies } : undefined;

const nameOf = ({ definition, object, past }: Restore): string =>
  `revision ${past.revision} of ${definition.kind} ${JSON.stringify(object.metadata.name ?? '')}`;

/** The version that is to return; undefined when it is no longer kept, or the object did not live then. */
const versionOf = async (change: Restore, { history }: Past): Promise<StoredVersion | undefined> => {
  const { revision, keepUntilMs } = change.past;
  const atLeast = Number(revision);
  const kept = keepUntilMs === undefined ? 0 : await history.revisionAt(keepUntilMs);
  const version = await history.version(keyOf(change), Math.max(atLeast, kept));
  return version && version.type !== 'DELETED' && version.revision >= atLeast ? version : undefined;
};

/** The old content under the metadata of now; made anew, with its own name, labels and annotations only. */
const withContentOf = (old: KubeObject, current: KubeObject | undefined, { past }: Restore): KubeObject => {
  const { metadata, status: _, ...content } = old;
  const { name, namespace, labels } = metadata;
  const kept = current?.metadata ?? { ...{ name, namespace }, ...(labels ? { labels } : {}) };
  return {
    ...content,
    ...(current?.status === undefined ? {} : { status: current.status }),
    metadata: { ...kept, annotations: { ...(current ?? old).metadata.annotations, ...past.annotations } },
  } as KubeObject;
};

const exists = ({ object }: Restore): boolean => object.metadata.resourceVersion !== undefined;

const keyOf = ({ definition, object: { metadata } }: Restore): ObjectKey => ({
  resource: storageKey(definition),
  namespace: metadata.namespace ?? '',
  name: metadata.name ?? '',
});

const revisionOf = ({ object }: Restore): number => Number(object.metadata.resourceVersion);

/** Immutable ConfigMaps and Secrets, and Secrets of another type. */
const cannotBecome = (present: KubeObject, old: KubeObject): boolean => present.immutable === true || present.type !== old.type;

const operationOf = (change: Restore, old: KubeObject, mustBeMadeAnew: boolean): Operation => {
  const { definition, object } = change;
  const { name = '', namespace = '', uid, resourceVersion } = object.metadata;
  if (!exists(change) || mustBeMadeAnew) return { op: 'create', definition, object: withContentOf(old, undefined, change) };
  return {
    ...{ op: 'merge', definition, namespace, name },
    ...(uid ? { uid } : {}),
    merge: (current) => (current.metadata.resourceVersion === resourceVersion ? withContentOf(old, current, change) : undefined),
  };
};

/** What each restore of the batch becomes. `write` is used for what cannot be changed in place: it goes first and is made anew. */
export const prepareRestores = async (
  batch: readonly Planned[],
  past: Past | undefined,
  write: (operations: readonly Operation[]) => Promise<OperationResult[]>,
): Promise<ReadonlyMap<Change, Operation | OperationResult>> => {
  const prepared = new Map<Change, Operation | OperationResult>();
  const asked = batch.flatMap(({ key, change }) => (change.op === 'restore' ? [{ key, change }] : []));
  if (asked.length === 0) return prepared;
  const open = async (version: StoredVersion | undefined): Promise<KubeObject | undefined> =>
    version && past && version.type !== 'DELETED' ? (JSON.parse(await past.bodies.open(version, version.body)) as KubeObject) : undefined;
  const read = await Promise.all(
    asked.map(async ({ key, change }) => {
      const old = past && (await open(await versionOf(change, past)));
      const present = past && exists(change) ? await open(await past.history.version(keyOf(change), revisionOf(change))) : undefined;
      return { key, change, old, isFixed: old !== undefined && present !== undefined && cannotBecome(present, old) };
    }),
  );
  const lost = new Map<string, Refused>();
  for (const { key, change, old } of read) {
    if (!old && !lost.has(key)) lost.set(key, { status: 'invalid', message: `${nameOf(change)} is no longer kept` });
  }
  for (const { key, change, old, isFixed } of read) {
    const refused = lost.get(key);
    if (refused || !old) {
      prepared.set(change, refused!);
      continue;
    }
    const { definition, object } = change;
    const request = { preconditions: { uid: object.metadata.uid!, resourceVersion: object.metadata.resourceVersion! } };
    const [removed] = isFixed ? await write([{ op: 'delete', definition, object, request }]) : [];
    prepared.set(change, removed && removed.status !== 'ok' ? removed : operationOf(change, old, isFixed));
  }
  return prepared;
};
