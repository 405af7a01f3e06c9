/**
 * The lines of one watch: what its client has not seen yet, then the hub's changes from exactly that revision, bookmarks between them. An error is the last
 * line. It holds no queue: a slow reader asks later, and the hub goes on from where it is.
 */

import { storageKey } from '#schema/resource.ts';
import type { FollowBatch, Follower } from '../hub/hub.ts';
import { StoreError } from '../store/store.ts';
import type { Call } from './call.ts';
import { internal, toStatus } from './errors.ts';
import { comesSoon, restsMs } from './freshness.ts';
import type { ListOptions } from './options.ts';
import { type Asked, asked, type PieceSource } from './piece-source.ts';
import type { Selection } from './selection.ts';
import { fromThrown } from './store-errors.ts';
import { batchLines } from './watch-batch.ts';
import type { EventEncoder } from './watch-events.ts';

const bookmarkEveryMs = 60_000;
const newline = '\n';
const text = new TextEncoder();

export interface Watching {
  readonly options: ListOptions;
  readonly selection: Selection;
  readonly encoder: EventEncoder;
  /** The watch is over: its time, or its client. */
  readonly stop: AbortController;
}

/** What comes first; ends with the revision to follow from. */
export type Head = AsyncGenerator<string, number>;

export class WatchLines implements PieceSource {
  readonly shared = true;
  onNews = (): void => undefined;
  readonly #call: Call;
  readonly #watching: Watching;
  #head: Asked<string> | undefined;
  #follower: Follower | undefined;
  #from = 0;
  #through = 0;
  #bookmarked = 0;
  #bookmarkDue = false;
  /** A batch that is being opened or converted. */
  #lines: Asked<Uint8Array> | undefined;
  #state: 'open' | 'last' | 'ended' = 'open';
  /** How often the version to follow from was not there yet. */
  #rests = 0;
  #within = false;
  #again = false;

  constructor(call: Call, watching: Watching, head: Head) {
    this.#call = call;
    this.#watching = watching;
    this.#head = asked(this.#remembered(head), () => this.#news());
    watching.stop.signal.addEventListener('abort', () => this.#news(), { once: true });
    // where no version is asked for, this is the moment that counts
    this.#head.next();
  }

  async *#remembered(head: Head): AsyncGenerator<string, void> {
    this.#from = yield* head;
  }

  next(): Uint8Array | 'ended' | undefined {
    this.#within = true;
    try {
      for (;;) {
        this.#again = false;
        const piece = this.#next();
        if (piece !== undefined || !this.#again) return piece;
      }
    } catch (error) {
      return this.#rest(error) ? undefined : this.#failed(error);
    } finally {
      this.#within = false;
    }
  }

  close(): void {
    this.#state = 'ended';
    this.#head?.close();
    this.#follower?.close();
    this.#watching.stop.abort();
  }

  #news(): void {
    if (this.#within) this.#again = true;
    else if (this.#state !== 'ended') this.onNews();
  }

  #next(): Uint8Array | 'ended' | undefined {
    if (this.#state === 'last') this.close();
    if (this.#state === 'ended') return 'ended';
    if (this.#head) {
      const first = this.#head.next();
      if (first !== 'ended') return first === undefined ? undefined : text.encode(first);
      this.#head = undefined;
      this.#follow();
    }
    const { selection, encoder, stop } = this.#watching;
    for (;;) {
      if (stop.signal.aborted) return this.#last();
      if (this.#lines) {
        const lines = this.#lines.next();
        if (lines === undefined) return undefined;
        this.#lines = undefined;
        if (lines !== 'ended' && lines.length > 0) return lines;
      }
      if (this.#bookmarkDue) {
        this.#bookmarkDue = false;
        if (this.#through > this.#bookmarked) return this.#bookmark();
      }
      const batch = this.#follower!.next();
      if (batch === undefined) return undefined;
      if (batch === 'ended') return this.#last();
      const lines = batchLines(this.#call, selection, encoder, batch.changes);
      this.#through = Math.max(this.#through, batch.through);
      if (lines instanceof Promise) this.#lines = asked(once(lines), () => this.#news());
      else if (lines.length > 0) return lines;
    }
  }

  #follow(): void {
    const { server, target, credentialId } = this.#call;
    const { options, stop } = this.#watching;
    const { hub } = server.platform;
    const { namespace } = target;
    const filter = { resources: [storageKey(target.definition)], ...(namespace ? { namespace } : {}), credentialId };
    const onNews = (): void => this.#news();
    this.#through = this.#from;
    this.#bookmarked = this.#from;
    this.#follower =
      hub.follower?.(filter, this.#from, onNews) ??
      asked(hub.follow(filter, this.#from, stop.signal)[Symbol.asyncIterator]() as AsyncIterator<FollowBatch, void>, onNews);
    if (options.allowWatchBookmarks && this.#rests === 0) void this.#bookmarks();
  }

  async #bookmarks(): Promise<void> {
    const { stop } = this.#watching;
    for (;;) {
      await this.#call.server.delay(bookmarkEveryMs, stop.signal);
      if (stop.signal.aborted) return;
      this.#bookmarkDue = true;
      this.#news();
    }
  }

  #bookmark(): Uint8Array {
    this.#bookmarked = this.#through;
    return text.encode(this.#watching.encoder.bookmark(this.#through, false) + newline);
  }

  /** Closing by time, not because the client went: tells how far it has seen. */
  #last(): Uint8Array | 'ended' {
    const tell = this.#watching.options.allowWatchBookmarks && this.#through > this.#bookmarked && !this.#call.request.signal?.aborted;
    this.#state = 'last';
    if (tell) return this.#bookmark();
    this.close();
    return 'ended';
  }

  /** A version that is not there yet is followed a moment later, see ./freshness.ts. False: this is no such error, or it is too late. */
  #rest(error: unknown): boolean {
    const ms = restsMs[this.#rests];
    if (!(error instanceof StoreError) || error.reason !== 'future' || ms === undefined) return false;
    if (this.#through !== this.#from || !comesSoon(this.#from, error.head ?? 0)) return false;
    this.#rests++;
    this.#follower?.close();
    this.#head = asked<string>({ next: () => this.#later(ms) }, () => this.#news());
    this.#head.next();
    return true;
  }

  async #later(ms: number): Promise<IteratorReturnResult<void>> {
    await this.#call.server.delay(ms, this.#watching.stop.signal);
    return { done: true, value: undefined };
  }

  #failed(error: unknown): Uint8Array | 'ended' {
    if (this.#watching.stop.signal.aborted) {
      this.close();
      return 'ended';
    }
    const known = fromThrown(error, Number(this.#watching.options.resourceVersion || '0'));
    if (!known) this.#call.server.platform.log.error('watch ended', { error: String(error) });
    this.#state = 'last';
    return text.encode(`{"type":"ERROR","object":${JSON.stringify(toStatus(known ?? internal('the watch ended')))}}${newline}`);
  }
}

async function* once<T>(item: Promise<T>): AsyncGenerator<T, void> {
  yield await item;
}
