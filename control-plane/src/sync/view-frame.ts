/**
 * From entries of a view to the `view` message: Secrets are opened here and nowhere else, for the one agent that may know them. A Secret that cannot
 * be opened is left out and the view says that it is not complete, so that nothing is removed because of it.
 */
import type { KubeObject } from '#schema/resource.ts';
import type { ViewKey, ViewMessage } from '#schema/sync/protocol.ts';
import { type Opener, sealedBody } from '../controller-runtime/informer-cache.ts';
import type { Logger } from '../platform/platform.ts';
import type { Broadcast, SentView } from './sent-view.ts';

export interface FrameContext {
  readonly clusterUid: string;
  readonly incarnation: string;
  /** Revision the entries are taken at. */
  readonly revision: number;
  readonly sealer: Opener | undefined;
  readonly log: Logger;
  /** What the agent shows of this view when it comes back (history.ts). */
  readonly mark: (revision: number) => Promise<string>;
  /** What `sent` has in common with others. */
  readonly broadcast: Broadcast;
}

const open = async (key: ViewKey, object: KubeObject, { sealer, log }: FrameContext): Promise<KubeObject | undefined> => {
  const sealed = sealedBody(object);
  if (sealed === undefined) return object;
  const { namespace = '', name = '', uid = '', resourceVersion = '' } = object.metadata;
  try {
    if (!sealer) throw new Error('no sealer');
    const opened = JSON.parse(await sealer.open(key.split('/', 2).join('/'), namespace, name, uid, sealed)) as KubeObject;
    return { ...opened, metadata: { ...opened.metadata, resourceVersion } };
  } catch (error) {
    log.error('a sealed object could not be opened for its node', { key, error: String(error) });
    return undefined;
  }
};

/**
 * The message that brings an agent from `sent` to `wanted` for `keys`, and `sent` brought along. `wanted` is asked before anything is awaited, so
 * the entries are of one state. Undefined when a delta would be empty.
 * @param mode `whole`: everything, whatever the agent has; `confirm`: a delta even when it is empty, so that the agent knows its view to be the present one
 */
export const viewFrame = async (
  sent: SentView,
  keys: Iterable<ViewKey>,
  wanted: (key: ViewKey) => KubeObject | undefined,
  context: FrameContext,
  mode: 'whole' | 'confirm' | 'delta',
): Promise<ViewMessage | undefined> => {
  const whole = mode === 'whole';
  const base = sent.revision;
  if (whole) sent.clear();
  const changed: [ViewKey, KubeObject][] = [];
  const remove: ViewKey[] = [];
  for (const key of keys) {
    const object = wanted(key);
    const version = object?.metadata.resourceVersion;
    if (version === sent.version(key)) continue;
    if (object) changed.push([key, object]);
    else remove.push(key);
  }
  if (mode === 'delta' && changed.length === 0 && remove.length === 0) return undefined;
  const put: Record<ViewKey, KubeObject> = {};
  for (const key of remove) sent.set(key, undefined);
  const opened = await Promise.all(changed.map(([key, object]) => open(key, object, context)));
  changed.forEach(([key, object], i) => {
    const readable = opened[i];
    if (readable) {
      put[key] = readable;
      sent.set(key, object.metadata.resourceVersion);
    } else {
      sent.set(key, undefined);
      sent.complete = false;
    }
  });
  sent.follow(context.broadcast);
  sent.revision = Math.max(context.revision, whole ? 0 : base);
  return {
    type: 'view',
    clusterUid: context.clusterUid,
    incarnation: context.incarnation,
    ...(whole ? {} : { base }),
    revision: sent.revision,
    complete: sent.complete,
    put,
    remove,
    digest: sent.digest,
    mark: await context.mark(sent.revision),
  };
};
