/**
 * What one invocation costs in the calls that Cloudflare counts: requests to the outside (the database), calls of Durable Objects, connections open at once.
 * The present invocation is found through AsyncLocalStorage, so stores and stubs may be shared. With KEDGE_LIMITS=free a crossed limit throws, which
 * `wrangler dev` itself never does.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Plan } from '../../allowance/plans.ts';

export interface Limits {
  readonly external: number;
  readonly internal: number;
  readonly open: number;
}

/** Of the free plan, an invocation. */
export const freeLimits: Limits = { external: 50, internal: 1_000, open: 6 };

/** Requests to the outside that an invocation may make. */
export const externalLimit = (plan: Plan): number => (plan === 'paid' ? 10_000 : freeLimits.external);

const said = {
  external: 'requests to the outside',
  internal: 'calls of Durable Objects',
  open: 'connections open at once',
} as const;

export class LimitError extends Error {
  override readonly name = 'LimitError';
}

/** An object's event begins a new count; what it left running in the background counts on in the newest. */
export class Meter {
  external = 0;
  internal = 0;
  open = 0;
  /** The most that were open at once. */
  peak = 0;
  /** A write of the database had an effect. */
  committed = false;
  #requests = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #invocation: string;
  readonly #limits: Limits | undefined;

  constructor(invocation: string, limits: Limits | undefined) {
    this.#invocation = invocation;
    this.#limits = limits;
  }

  renew(): void {
    this.external = 0;
    this.internal = 0;
    this.peak = this.open;
    this.committed = false;
  }

  /** @throws LimitError */
  count(what: 'external' | 'internal'): void {
    this[what]++;
    this.#hold(what);
  }

  /** A connection, until the returned function is called. @throws LimitError */
  connect(): () => void {
    this.open++;
    this.peak = Math.max(this.peak, this.open);
    let closed = false;
    const close = (): void => {
      if (!closed) this.open--;
      closed = true;
    };
    try {
      this.#hold('open');
    } catch (error) {
      close();
      throw error;
    }
    return close;
  }

  /** A request to the outside: where too many are open it waits for one to end, as it would have to over there, but in its own turn. @throws LimitError */
  async turn(): Promise<() => void> {
    this.count('external');
    while (this.#requests > 0 && this.open >= freeLimits.open) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    const close = this.connect();
    this.#requests++;
    return () => {
      this.#requests--;
      close();
      this.#waiting.shift()?.();
    };
  }

  #hold(what: keyof Limits): void {
    const limit = this.#limits?.[what];
    if (limit === undefined || this[what] <= limit) return;
    const message = `limit crossed: ${this.#invocation} makes more than ${limit} ${said[what]}`;
    console.error(JSON.stringify({ level: 'error', component: 'meter', message }));
    throw new LimitError(message);
  }

  toString(): string {
    return `external=${this.external}, internal=${this.internal}, open=${this.peak}`;
  }
}

const present = new AsyncLocalStorage<Meter>();

export const metered = <T>(meter: Meter, work: () => T): T => present.run(meter, work);

/** Undefined outside of every invocation. */
export const presentMeter = (): Meter | undefined => present.getStore();

/** fetch to the outside: a connection until its headers are there. */
export const meteredFetch: typeof fetch = async (input, init) => {
  const close = await presentMeter()?.turn();
  try {
    return await fetch(input as Request, init as RequestInit);
  } finally {
    close?.();
  }
};

/** A stub whose every call is counted; a socket it gives is a connection until it closes. */
export const meteredStub = <T extends object>(stub: T): T =>
  new Proxy(stub, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        const meter = presentMeter();
        meter?.count('internal');
        // not member.apply: every property of an RPC method is a method over there
        const called: unknown = Reflect.apply(member, target, args);
        return name === 'fetch' && meter ? heldOpen(meter, called as Promise<Response>) : called;
      };
    },
  });

const heldOpen = async (meter: Meter, called: Promise<Response>): Promise<Response> => {
  const close = meter.connect();
  let socket: WebSocket | null = null;
  try {
    const response = await called;
    socket = response.webSocket;
    return response;
  } finally {
    if (!socket) close();
    else for (const event of ['close', 'error'] as const) socket.addEventListener(event, close);
  }
};

interface Entered {
  /** Told of each event and call that reaches the object from outside. */
  readonly counted?: (event: string) => void;
  readonly env: { readonly KEDGE_LIMITS?: string };
}

export const limitsOf = ({ KEDGE_LIMITS }: Entered['env']): Limits | undefined => (KEDGE_LIMITS === 'free' ? freeLimits : undefined);

/** An object that sleeps forgets its counters: who measures reads this. */
export const logEvent = (env: Entered['env'], object: string, event: string): void => {
  if (limitsOf(env)) console.log(JSON.stringify({ level: 'debug', component: 'meter', message: `${object}.${event}`, atMs: Date.now() }));
};

/** Meters every event and call that reaches objects of a class: one meter an object. `name`: a minified class has lost its own. */
export const meterEvents = (object: { readonly prototype: object }, name: string): void => {
  const meters = new WeakMap<object, Meter>();
  const prototype = object.prototype as Record<string, unknown>;
  for (const event of Object.getOwnPropertyNames(prototype)) {
    const method = prototype[event];
    if (event === 'constructor' || typeof method !== 'function') continue;
    prototype[event] = function (this: Entered, ...args: unknown[]): unknown {
      let meter = meters.get(this);
      if (!meter) {
        meter = new Meter(name, limitsOf(this.env));
        meters.set(this, meter);
      }
      if (presentMeter() !== meter) {
        meter.renew();
        this.counted?.(event);
        logEvent(this.env, name, event);
      }
      return metered(meter, () => Reflect.apply(method, this, args));
    };
  }
};
