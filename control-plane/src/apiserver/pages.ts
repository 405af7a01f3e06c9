/**
 * Reads a whole selection or one page of it, consistent with one revision. The store's pages are bounded; this goes on until the client's
 * limit is full or nothing is left. What has no limit is handed on page by page, so that a large list is never in memory as a whole.
 */
import { storageKey } from '#schema/resource.ts';
import { converting } from '../conversion/unconverted.ts';
import { parseBody } from '../registry/body.ts';
import { type ListPage, type StoredObject, StoreError } from '../store/store.ts';
import type { Call } from './call.ts';
import { type ContinueToken, decodeContinue, encodeContinue } from './continue-token.ts';
import { opened } from './encode.ts';
import { badRequest, expired, futureResourceVersion } from './errors.ts';
import type { ListOptions } from './options.ts';
import { readAhead } from './read-ahead.ts';
import type { Selection } from './selection.ts';

const storePage = 500;

export interface Page {
  /** Open bodies. */
  readonly items: StoredObject[];
  readonly revision: number;
  readonly continueToken?: string;
  readonly remaining?: number;
}

const expiredContinue =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

/** The revision to read at: undefined means now. */
const exactRevision = (options: ListOptions): number | undefined => {
  const { resourceVersion, resourceVersionMatch, limit } = options;
  if (!resourceVersion || resourceVersion === '0') return undefined;
  // A limit with a resourceVersion alone has always meant exactly that one.
  if (resourceVersionMatch === 'Exact' || (resourceVersionMatch === '' && limit > 0)) return Number(resourceVersion);
  return undefined;
};

const startOf = async (call: Call, options: ListOptions): Promise<{ token?: ContinueToken; atRevision?: number }> => {
  if (!options.continueToken) {
    const atRevision = exactRevision(options);
    return atRevision === undefined ? {} : { atRevision };
  }
  if (options.resourceVersion && options.resourceVersion !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  const token = decodeContinue(options.continueToken);
  const { incarnation } = await call.server.platform.store.identity();
  if (token.incarnation !== incarnation) throw expired(expiredContinue, encodeContinue({ ...token, incarnation, revision: 0 }));
  return token.revision > 0 ? { token, atRevision: token.revision } : { token };
};

/** A first page, and what follows it at the same revision. */
export interface OpenPage extends Page {
  /** undefined: nothing follows. Its errors come after the reply has begun. */
  readonly rest: AsyncGenerator<readonly StoredObject[], void> | undefined;
}

/** With a limit: exactly one page. @throws ApiError */
export const openPage = async (call: Call, options: ListOptions, selection: Selection): Promise<OpenPage> => {
  if (options.limit > 0) return { ...(await readPage(call, options, selection)), rest: undefined };
  const pages = readAhead(storePages(call, options, selection));
  const first = (await pages.next()).value as StorePage;
  return { items: first.items, revision: first.revision, rest: first.last ? undefined : itemsOf(pages) };
};

async function* itemsOf(pages: AsyncGenerator<StorePage, void>): AsyncGenerator<readonly StoredObject[], void> {
  for await (const { items } of pages) yield items;
}

/** @throws ApiError */
export const readPage = async (call: Call, options: ListOptions, selection: Selection): Promise<Page> => {
  const items: StoredObject[] = [];
  for await (const page of storePages(call, options, selection)) {
    for (const item of page.items) items.push(item);
    if (page.last) return { ...page, items };
  }
  throw new Error('a selection has a last page');
};

interface StorePage extends Page {
  readonly last: boolean;
}

/** At least one page, all of one revision; the last one is marked. @throws ApiError */
async function* storePages(call: Call, options: ListOptions, selection: Selection): AsyncGenerator<StorePage, void> {
  const { store, listPage = storePage } = call.server.platform;
  const { definition, namespace } = call.target;
  const { token, atRevision } = await startOf(call, options);
  let after = token ? { namespace: token.namespace, name: token.name } : undefined;
  let revision = atRevision;
  let taken = 0;
  for (;;) {
    const room = options.limit > 0 ? options.limit - taken : listPage;
    // With a selector a page of the client's size would mean many small reads.
    const size = Math.min(storePage, selection.everything ? room : Math.max(room, 100));
    let page: ListPage;
    try {
      page = await store.list({
        resource: storageKey(definition),
        limit: size,
        counted: selection.everything && options.limit > 0,
        ...(namespace ? { namespace } : {}),
        ...(selection.name === undefined ? {} : { name: selection.name }),
        ...(selection.node ? { node: selection.node } : {}),
        ...(selection.labels.length > 0 ? { labels: selection.labels } : {}),
        ...(after ? { after } : {}),
        ...(revision === undefined ? {} : { atRevision: revision }),
      });
    } catch (error) {
      throw await listError(call, error, { token, asked: atRevision ?? 0 });
    }
    if (revision === undefined) {
      const asked = Number(options.resourceVersion || '0');
      if (!token && asked > page.head.revision && asked > page.revision) throw futureResourceVersion(asked, page.revision);
    }
    revision = page.revision;
    const items: StoredObject[] = [];
    for (const [i, stored] of page.items.entries()) {
      after = { namespace: stored.namespace, name: stored.name };
      if (!selection.matchesKey(stored)) continue;
      const item = await opened(call, stored);
      if (selection.looksInside && !(await converting(() => selection.matchesObject(parseBody(item.body, item.revision))))) continue;
      items.push(item);
      taken++;
      const rest = page.items.length - 1 - i;
      if (options.limit > 0 && taken === options.limit && (rest > 0 || page.more)) {
        const { incarnation } = page.head;
        yield {
          items,
          revision,
          last: true,
          continueToken: encodeContinue({ incarnation, revision, ...after }),
          ...(selection.everything && page.remaining !== undefined ? { remaining: page.remaining + rest } : {}),
        };
        return;
      }
    }
    const last = !page.more || !after;
    if (last && after && options.limit > 0 && taken === options.limit && filteredInStore(call, selection)) {
      const follows = await store.list({
        resource: storageKey(definition),
        limit: 1,
        counted: false,
        after,
        ...(namespace ? { namespace } : {}),
        ...(atRevision === undefined ? {} : { atRevision }),
      });
      if (follows.items.length > 0) {
        yield { items, revision, last, continueToken: encodeContinue({ incarnation: page.head.incarnation, revision, ...after }) };
        return;
      }
    }
    yield { items, revision, last };
    if (last) return;
  }
}

/**
 * Whether the store leaves out objects, so that nothing more of it says not that nothing follows: clients see the end of a full page as in Kubernetes, which
 * looks at each object. One object asked for by its whole key has no pages.
 */
const filteredInStore = ({ target }: Call, { name, node, labels }: Selection): boolean => {
  const isOne = name !== undefined && (target.namespace !== '' || !target.definition.namespaced);
  return !isOne && (name !== undefined || node !== '' || labels.length > 0);
};

/** The newest revision of the addressed kind: volatile kinds count for themselves. */
export const newestRevision = async (call: Call): Promise<number> =>
  (await call.server.platform.store.list({ resource: storageKey(call.target.definition), limit: 1 })).revision;

const listError = async (
  call: Call,
  error: unknown,
  { token, asked }: { token: ContinueToken | undefined; asked: number },
): Promise<unknown> => {
  if (!(error instanceof StoreError)) return error;
  const { store } = call.server.platform;
  if (error.reason === 'compacted') {
    if (!token) return expired(`The resourceVersion for the provided list is too old: ${asked}`);
    const { incarnation } = await store.identity();
    return expired(expiredContinue, encodeContinue({ ...token, incarnation, revision: 0 }));
  }
  if (error.reason === 'future') return futureResourceVersion(asked, await newestRevision(call));
  return error;
};
