/**
 * Stored objects to replies: spliced unparsed when nothing has to look inside (Tables and metadata-only answers of the stored version, too), spliced after a
 * look where it changed nothing, parsed for other versions and kinds whose liveness is filled in on read.
 */
import type { KubeObject } from '#schema/resource.ts';
import { batchOf } from '../conversion/converter.ts';
import { converting } from '../conversion/unconverted.ts';
import { parseBody, splicedParts, spliceRevision } from '../registry/body.ts';
import type { StoredObject } from '../store/store.ts';
import { type Call, servesStored, toServed } from './call.ts';
import { type Items, itemResponse } from './item-stream.ts';
import { fillLiveness, livenessFor } from './liveness.ts';
import { negotiate, type Wanted } from './negotiation.ts';
import { jsonText } from './respond.ts';
import { includeObjectOf, partialOf, partialText, rowOf, rowTexts, tableOf } from './tables.ts';

/** A stored object's body made readable. */
export const opened = async (call: Call, stored: StoredObject): Promise<StoredObject> =>
  call.target.definition.sealed ? { ...stored, body: await call.server.registry.bodies.open(stored, stored.body) } : stored;

/** `stored` must be open. */
export const oneResponse = async (call: Call, stored: StoredObject, status = 200): Promise<Response> => {
  const wanted = negotiate(call.request.headers.get('accept'));
  const liveness = await livenessFor(call);
  if (wanted.as === 'object' && servesStored(call.target) && !liveness) {
    return jsonText(spliceRevision(stored.body, stored.revision), { status, format: wanted.format });
  }
  const object = parseBody(stored.body, stored.revision);
  if (liveness) fillLiveness(call, object, liveness);
  if (wanted.as === 'object' && !liveness) {
    const served = await converting(() => toServed(call.target, object));
    return jsonText(textOf(served, object, stored), { status, format: wanted.format });
  }
  return objectResponse(call, object, { status, wanted });
};

/** What is served just as it was parsed need not be written anew. */
const textOf = (served: KubeObject, parsed: KubeObject, { body, revision }: StoredObject): string =>
  served === parsed ? spliceRevision(body, revision) : JSON.stringify(served);

/** For an object that is parsed already, in the stored form. `text`: its stored body, where that was just made. */
export const objectResponse = async (
  call: Call,
  object: KubeObject,
  options: { readonly status?: number; readonly wanted?: Wanted; readonly text?: string | undefined } = {},
): Promise<Response> => {
  const wanted = options.wanted ?? negotiate(call.request.headers.get('accept'));
  if (options.text !== undefined && wanted.as === 'object' && servesStored(call.target)) {
    const { resourceVersion } = object.metadata;
    return jsonText(spliceRevision(options.text, Number(resourceVersion)), { status: options.status ?? 200, format: wanted.format });
  }
  const served = await converting(() => toServed(call.target, object));
  const rest = { status: options.status ?? 200, format: wanted.format };
  if (wanted.as === 'partial') return jsonText(JSON.stringify(partialOf(served, wanted.metaVersion)), rest);
  if (wanted.as === 'object') return jsonText(JSON.stringify(served), rest);
  return jsonText(
    JSON.stringify(
      tableOf({
        target: call.target,
        metaVersion: wanted.metaVersion,
        includeObject: includeObjectOf(call.query),
        nowMs: call.nowMs,
        metadata: { resourceVersion: object.metadata.resourceVersion },
        rows: [{ stored: object, served }],
      }),
    ),
    rest,
  );
};

export interface ListMeta {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

/** Items must be open, and are given away. `rest`: what follows them. */
export const listResponse = async (
  call: Call,
  items: StoredObject[],
  metadata: ListMeta,
  following?: Items<StoredObject>['rest'],
): Promise<Response> => {
  const { target, nowMs } = call;
  const { converted, rest } = await convertedPages(target, items, following);
  const { as, format, metaVersion } = negotiate(call.request.headers.get('accept'));
  const liveness = await livenessFor(call);
  const framed = (kind: string, apiVersion: string, textsOf: (item: StoredObject) => readonly string[]): Promise<Response> =>
    itemResponse({ open: openList(kind, apiVersion, metadata), items, rest, textsOf, close: ']}', format });
  const unread = servesStored(target) && !liveness;
  if (as === 'object' && unread) {
    return framed(target.definition.listKind, target.groupVersion, (item) => splicedParts(item.body, item.revision));
  }
  const read = (item: StoredObject) => {
    const stored = parseBody(item.body, item.revision);
    if (liveness) fillLiveness(call, stored, liveness);
    return { stored, served: toServed(target, converted.get(item) ?? stored) };
  };
  if (as === 'table') {
    const includeObject = includeObjectOf(call.query);
    const input = { target, metaVersion, includeObject, nowMs, metadata: { ...metadata } };
    // rows are the last of a table
    const open = JSON.stringify(tableOf({ ...input, rows: [] })).slice(0, -2);
    const textOf = unread ? rowTexts(call, metaVersion, includeObject) : (item: StoredObject) => JSON.stringify(rowOf(input, read(item)));
    return itemResponse({ open, items, rest, textsOf: (item) => [textOf(item)], close: ']}', format });
  }
  if (as === 'partial') {
    return framed('PartialObjectMetadataList', metaVersion, (item) => [
      unread ? partialText(item, metaVersion) : JSON.stringify(partialOf(read(item).served, metaVersion)),
    ]);
  }
  return framed(target.definition.listKind, target.groupVersion, (item) => {
    const { stored, served } = read(item);
    return [liveness ? JSON.stringify(served) : textOf(served, stored, item)];
  });
};

/** Pages in the version that was asked for, each at once, where a webhook must be asked. */
const convertedPages = async ({ served }: Call['target'], items: readonly StoredObject[], rest: Items<StoredObject>['rest']) => {
  const converted = new WeakMap<StoredObject, KubeObject>();
  const batch = batchOf(served);
  if (!batch) return { converted, rest };
  const convert = async (page: readonly StoredObject[]): Promise<void> => {
    const objects = await batch.many(page.map(({ body, revision }) => parseBody(body, revision)));
    for (const [i, item] of page.entries()) converted.set(item, objects[i]!);
  };
  await convert(items);
  async function* following(pages: NonNullable<typeof rest>): AsyncGenerator<readonly StoredObject[], void> {
    for await (const page of pages) {
      await convert(page);
      yield page;
    }
  }
  return { converted, rest: rest && following(rest) };
};

const openList = (kind: string, apiVersion: string, metadata: ListMeta): string =>
  `{"kind":"${kind}","apiVersion":"${apiVersion}","metadata":${JSON.stringify(metadata)},"items":[`;
