/**
 * Finds the decision that ends the loop itself: one that computes for ever or eats all memory takes the process or object with it, and nothing can be caught.
 * What is being decided is marked where it outlives the loop: once while a new loop has not come to rest, and after a death before every few keys. The next
 * loop narrows the suspects down to one key, which is left out and tried again with back-off; with several of one controller, all of that controller is.
 * A loop that came to rest once writes no mark, so that a healthy cluster pays for it only when a loop begins.
 */
import type { WorkQueue } from './work-queue.ts';

/** One text that outlives the loop. */
export interface RunMark {
  read(): Promise<string | undefined>;
  /** Resolves when the text is safe, whatever happens next. Undefined: none. */
  write(text: string | undefined): Promise<void>;
}

/** What is left out: a key of a controller, or with no `key` all of it. */
export interface LeftOut {
  readonly controller: string;
  /** `<namespace>\n<name>` */
  readonly key?: string;
  readonly deaths: number;
  /** Unix ms when it is tried again. */
  readonly atMs: number;
}

interface Mark {
  /** `<controller>\n<namespace>\n<name>` of what was being decided; absent between decisions. */
  readonly deciding?: readonly string[];
  /** One of `deciding` it was for certain. */
  readonly certain?: boolean;
  readonly leftOut?: readonly LeftOut[];
}

/** Marks of one round: among suspects, and among the others while there may be one. */
const SUSPECT_MARKS = 256;
const CAREFUL_MARKS = 32;
/** Keys of one controller that die before all of it is left out. */
const MAX_KEYS_LEFT_OUT = 3;
export const FIRST_BACK_OFF_MS = 5 * 60_000;
const MAX_BACK_OFF_MS = 4 * 3_600_000;

const backOffMs = (deaths: number): number => Math.min(FIRST_BACK_OFF_MS * 2 ** Math.min(deaths - 1, 20), MAX_BACK_OFF_MS);

const chunks = (keys: readonly string[], count: number): string[][] => {
  const size = Math.max(1, Math.ceil(keys.length / count));
  return Array.from({ length: Math.ceil(keys.length / size) }, (_, i) => keys.slice(i * size, (i + 1) * size));
};

const readMark = (text: string | undefined): Mark => {
  try {
    return text === undefined ? {} : (JSON.parse(text) as Mark);
  } catch {
    // of a version to come, or of nobody: as good as none
    return {};
  }
};

export class Quarantine {
  readonly #store: RunMark;
  /** Names of the controllers, in the order of the runner's keys. */
  readonly #names: readonly string[];
  readonly #leftOut = new Map<string, LeftOut>();
  #suspects = new Set<string>();
  #careful = false;
  /** Nothing was marked yet in this life. */
  #fresh = true;
  /** The present mark holds only while its keys are being decided. */
  #certain = false;
  #written: string | undefined;

  constructor(store: RunMark, names: readonly string[]) {
    this.#store = store;
    this.#names = names;
  }

  /**
   * The loop begins: reads what became of the last one. Returns what that one died of, if it is known now.
   * @throws what kept the mark from being read
   */
  async begin(nowMs: number): Promise<{ readonly died: boolean; readonly culprit?: LeftOut }> {
    this.#written = await this.#store.read();
    const { deciding, certain = false, leftOut = [] } = readMark(this.#written);
    for (const entry of leftOut) if (this.#names.includes(entry.controller)) this.#leftOut.set(idOf(entry), entry);
    if (deciding === undefined || deciding.length === 0) return { died: false };
    this.#careful = true;
    if (!certain || deciding.length > 1) {
      this.#suspects = new Set(deciding);
      return { died: true };
    }
    const culprit = this.#leaveOut(deciding[0]!, nowMs);
    await this.#write({});
    return { died: true, ...(culprit ? { culprit } : {}) };
  }

  #leaveOut(marked: string, nowMs: number): LeftOut | undefined {
    const [controller = '', ...rest] = marked.split('\n');
    if (!this.#names.includes(controller)) return undefined;
    const key = rest.join('\n');
    const whole = this.#leftOut.get(controller);
    const own = [...this.#leftOut.values()].filter(
      (entry) => entry.controller === controller && entry.key !== undefined && entry.key !== key,
    );
    const all = whole !== undefined || own.length + 1 >= MAX_KEYS_LEFT_OUT;
    const deaths = ((all ? whole : this.#leftOut.get(marked))?.deaths ?? 0) + 1;
    const culprit: LeftOut = { controller, ...(all ? {} : { key }), deaths, atMs: nowMs + backOffMs(deaths) };
    if (all) for (const entry of own) this.#leftOut.delete(idOf(entry));
    if (all) this.#leftOut.delete(marked);
    this.#leftOut.set(idOf(culprit), culprit);
    return culprit;
  }

  /** What of these keys is decided in this round, in groups that are marked one after the other. What is left out goes back into the queue until its time. */
  groups(keys: readonly string[], nowMs: number, queue: Pick<WorkQueue, 'hold'>): readonly (readonly string[])[] {
    if (!this.#careful && this.#leftOut.size === 0) return [keys];
    const [alone, suspects, others]: string[][] = [[], [], []];
    for (const key of keys) {
      const marked = this.#marked(key);
      const entries = [this.#leftOut.get(marked), this.#leftOut.get(marked.slice(0, marked.indexOf('\n')))].filter(
        (entry) => entry !== undefined,
      );
      const atMs = Math.max(...entries.map((entry) => entry.atMs));
      if (atMs > nowMs) queue.hold(key, atMs);
      else if (entries.length > 0) alone!.push(key);
      else if (this.#suspects.has(marked)) suspects!.push(key);
      else others!.push(key);
    }
    return [
      ...(this.#careful ? chunks(others!, CAREFUL_MARKS) : others!.length > 0 ? [others!] : []),
      ...chunks(suspects!, SUSPECT_MARKS),
      ...chunks(alone!, Math.max(1, alone!.length)),
    ];
  }

  /** These keys are decided next. Resolves when that is marked, where it has to be. Never throws. */
  async enter(keys: readonly string[]): Promise<void> {
    const certain = this.#careful || keys.some((key) => this.#isOnTrial(key));
    if (!certain && !this.#fresh) return;
    this.#fresh = false;
    this.#certain = certain;
    if (keys.length > 0) await this.#write({ deciding: keys.map((key) => this.#marked(key)), certain }).catch(() => undefined);
  }

  /** All of them were decided, and the loop lives. */
  leave(keys: readonly string[]): void {
    for (const key of keys) {
      const marked = this.#marked(key);
      this.#suspects.delete(marked);
      this.#leftOut.delete(marked);
    }
  }

  /** The round's decisions are made; what becomes of them is nobody's fault. Never throws. */
  async decided(): Promise<void> {
    if (this.#certain) await this.#write({}).catch(() => undefined);
  }

  /** Nothing is left to do: this loop is well. A controller that was tried again, and survived for as long as it had been left out, is again like all others. */
  async rest(nowMs: number): Promise<void> {
    this.#careful = false;
    this.#suspects.clear();
    for (const [id, { key, deaths, atMs }] of this.#leftOut) {
      if (nowMs >= atMs + (key === undefined ? backOffMs(deaths) : MAX_BACK_OFF_MS)) this.#leftOut.delete(id);
    }
    await this.#write({}).catch(() => undefined);
  }

  /** Everything that is left out or on trial. */
  get leftOut(): readonly LeftOut[] {
    return [...this.#leftOut.values()];
  }

  #isOnTrial(key: string): boolean {
    const marked = this.#marked(key);
    return this.#leftOut.has(marked) || this.#leftOut.has(marked.slice(0, marked.indexOf('\n')));
  }

  #marked(key: string): string {
    const end = key.indexOf('\n');
    return `${this.#names[Number(key.slice(0, end))]}${key.slice(end)}`;
  }

  async #write(mark: Mark): Promise<void> {
    const leftOut = this.leftOut;
    const text = mark.deciding || leftOut.length > 0 ? JSON.stringify({ ...mark, ...(leftOut.length > 0 ? { leftOut } : {}) }) : undefined;
    if (text === this.#written) return;
    await this.#store.write(text);
    this.#written = text;
  }
}

const idOf = ({ controller, key }: Pick<LeftOut, 'controller' | 'key'>): string =>
  key === undefined ? controller : `${controller}\n${key}`;
