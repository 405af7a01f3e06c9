/** One watch event as JSON text, in the form the client asked for. */
import type { KubeObject } from '#schema/resource.ts';
import { parseBody, spliceRevision } from '../registry/body.ts';
import type { ChangeType, StoredChange, StoredObject } from '../store/store.ts';
import { type Call, servesStored, toServed } from './call.ts';
import type { ChangeView } from './change-memo.ts';
import type { Wanted } from './negotiation.ts';
import { type IncludeObject, partialOf, tableOf } from './tables.ts';

const encoder = new TextEncoder();

const initialEventsEnd = 'k8s.io/initial-events-end';

export interface EventEncoder {
  /** Equal for watches that send the same bytes for the same change; undefined when no two do. */
  readonly form: string | undefined;
  /** `stored` must be open; its revision is the event's resourceVersion. */
  event(type: ChangeType, stored: StoredObject): string;
  /** A whole line, ready to be sent; the same bytes for all watches of one form. */
  change(type: ChangeType, view: ChangeView, change: StoredChange): Uint8Array;
  bookmark(revision: number, endsInitialEvents: boolean): string;
}

export const createEventEncoder = (call: Call, wanted: Wanted, includeObject: IncludeObject): EventEncoder => {
  const { target } = call;
  let columnsSent = false;
  const table = (metadata: Record<string, unknown>, rows: Parameters<typeof tableOf>[0]['rows']): string => {
    const text = JSON.stringify(
      tableOf({
        target,
        metaVersion: wanted.metaVersion,
        includeObject,
        nowMs: call.server.platform.clock.now(),
        metadata,
        rows,
        withColumns: !columnsSent,
      }),
    );
    columnsSent = true;
    return text;
  };

  const plain = wanted.as === 'object' && servesStored(target);

  /** `object` has its resourceVersion; `text` is that of an object served just as it is stored. */
  const formText = (object: KubeObject, text: () => string): string => {
    const served = toServed(target, object);
    if (wanted.as === 'table') return table({ resourceVersion: object.metadata.resourceVersion }, [{ stored: object, served }]);
    if (wanted.as === 'partial') return JSON.stringify(partialOf(served, wanted.metaVersion));
    return served === object ? text() : JSON.stringify(served);
  };

  const bookmarkText = (revision: number, ends: boolean): string => {
    const metadata = {
      resourceVersion: String(revision),
      creationTimestamp: null,
      ...(ends ? { annotations: { [initialEventsEnd]: 'true' } } : {}),
    };
    if (wanted.as === 'table') return table(metadata, []);
    const partial = wanted.as === 'partial';
    return JSON.stringify({
      kind: partial ? 'PartialObjectMetadata' : target.kind,
      apiVersion: partial ? wanted.metaVersion : target.groupVersion,
      metadata,
    });
  };

  // cells of a table tell ages, and its first event the columns: no two watches share one
  const form =
    wanted.as === 'table' ? undefined : `${wanted.as} ${wanted.as === 'partial' ? wanted.metaVersion : target.groupVersion} ${target.kind}`;

  return {
    form,
    change: (type, view, change) => {
      const withRevision = (shared: KubeObject): KubeObject => ({
        ...shared,
        metadata: { ...shared.metadata, resourceVersion: String(change.revision) },
      });
      const line = (): string => `{"type":"${type}","object":${plain ? view.text() : formText(withRevision(view.now()), view.text)}}\n`;
      return form === undefined ? encoder.encode(line()) : view.encoded(`${type} ${form}`, line);
    },
    event: (type, { body, revision }) =>
      `{"type":"${type}","object":${plain ? spliceRevision(body, revision) : formText(parseBody(body, revision), () => spliceRevision(body, revision))}}`,
    bookmark: (revision, ends) => `{"type":"BOOKMARK","object":${bookmarkText(revision, ends)}}`,
  };
};
