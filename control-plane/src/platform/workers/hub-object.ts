/**
 * The hub of a cluster as a Durable Object: followers and agents hang on it by hibernating WebSockets, and it keeps the volatile kinds in its own SQLite.
 * Memory is disposable: after a wake, followers find out by themselves what they missed, and an agent's session goes on from what its socket's attachment
 * says the agent has. Idle it sleeps; agents' pings are answered without waking it.
 */
import { DurableObject } from 'cloudflare:workers';
import { type AgentMessage, type Hello, type ServerMessage, SYNC_SUBPROTOCOL } from '#schema/sync/protocol.ts';
import type { Figures, Ledger } from '../../allowance/figures.ts';
import type { InformerCache } from '../../controller-runtime/informer-cache.ts';
import type { Agents } from '../../hub/agents.ts';
import type { Credential, Liveness, NodeRequest, StreamOpen } from '../../hub/hub.ts';
import { createOpenSessions, ofCredential } from '../../hub/sessions.ts';
import type { Measurements } from '../../metrics-api/measurements.ts';
import type { Store, StoredChange, WriteOutcome } from '../../store/store.ts';
import type { Family } from '../../telemetry/exposition.ts';
import { observedStore } from '../../telemetry/observed-store.ts';
import { countSilence } from '../../telemetry/silence.ts';
import { createTelemetry } from '../../telemetry/telemetry.ts';
import { type Answer, answer } from './answers.ts';
import { Consumption } from './consumption.ts';
import { clock, composed, durableStore } from './core.ts';
import type { Env } from './env.ts';
import { createFollowerSockets, type FollowAttachment } from './follower-sockets.ts';
import type { HubCore } from './hub-core.ts';
import { openHubVolatile } from './hub-volatile.ts';
import { createLogger } from './log.ts';
import { logEvent, meterEvents } from './meter.ts';
import { type AgentAttachment, NodeSigns } from './node-signs.ts';
import { countedStorage } from './object-rows.ts';
import { CREDENTIAL_ENDED, type HubRpc, loopOf } from './rpc.ts';
import { isVolatile } from './sequences.ts';
import { closeQuietly, createObjectSocket, type ObjectSocket } from './sockets.ts';
import { createStreamLedger } from './stream-ledger.ts';
import { dropOld } from './volatile-retention.ts';

const GAP_CLOSES_MS = 500;
const REVOKED = 'the credential was revoked';

export class HubObject extends DurableObject<Env> implements HubRpc {
  readonly #log;
  readonly #storage;
  readonly #followers;
  readonly #sockets = new WeakMap<WebSocket, ObjectSocket>();
  readonly #signs;
  readonly #sessions = createOpenSessions(() => clock.now());
  readonly #streams;
  readonly #telemetry = createTelemetry({ component: 'hub', clock });
  readonly #consumption;
  readonly counted = (event: string): void => {
    this.#telemetry.event(event);
    this.#consumption.event(event);
  };
  /** The newest revision of the durable kinds that was notified. */
  #toldRevision = 0;
  #closing = false;
  #core: Promise<HubCore> | undefined;
  /** Of the core, when that is made. */
  #cache: InformerCache | undefined;
  #volatile: Promise<Store> | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#log = createLogger('hub', env.KEDGE_LOG_LEVEL);
    this.#storage = countedStorage(ctx.storage, 'HubObject', env);
    this.#signs = new NodeSigns(ctx, this.#storage, clock);
    this.#consumption = new Consumption(ctx.storage, clock);
    this.#streams = createStreamLedger(this.#storage, env);
    this.#followers = createFollowerSockets({
      sockets: () => this.ctx.getWebSockets('follow'),
      clock,
      later: (ms, run) => void setTimeout(run, ms),
    });
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'));
    countSilence(this.#telemetry, () => this.liveness(), clock);
    ctx.blockConcurrencyWhile(() => this.#recall());
  }

  async #recall(): Promise<void> {
    // before the object's own storage makes its tables: the store takes only an empty database for a new one
    await this.#volatileStore();
    await this.#signs.recall();
  }

  // --- state in memory, made when first needed after a wake

  #getCore(): Promise<HubCore> {
    this.#core ??= this.#makeCore().catch((error: unknown) => {
      this.#core = undefined;
      throw error;
    });
    return this.#core;
  }

  async #makeCore(): Promise<HubCore> {
    const { makeHubCore } = await import('./hub-core.ts');
    const core = await makeHubCore({
      env: this.env,
      store: observedStore(composed(await durableStore(this.env), await this.#volatileStore()), this.#telemetry),
      sessions: this.#sessions,
      log: this.#log,
      notify: async (changes) => void (await this.notify(changes)),
      onDeleted: (node) => this.ctx.waitUntil(this.#streams.end((stream) => stream.node === node, `node "${node}" was deleted`)),
      onSent: (node, has) => this.#remember(node, has),
    });
    for (const socket of this.ctx.getWebSockets('agent')) this.#serve(socket, core.agents);
    this.#cache = core.cache;
    return core;
  }

  #volatileStore(): Promise<Store> {
    const onTimer = (): void => logEvent(this.env, 'HubObject', 'timer');
    this.#volatile ??= openHubVolatile({ storage: this.#storage, clusterUid: this.env.KEDGE_CLUSTER_UID, onTimer });
    return this.#volatile;
  }

  // --- sockets

  override async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const { 0: client, 1: server } = new WebSocketPair();
    if (url.pathname === '/follow') {
      const namespace = url.searchParams.get('namespace');
      const filter: FollowAttachment = {
        kind: 'follow',
        resources: (url.searchParams.get('resources') ?? '').split(','),
        ...(namespace === null ? {} : { namespace }),
        ...(url.searchParams.has('credential') ? { credential: url.searchParams.get('credential')! } : {}),
      };
      this.ctx.acceptWebSocket(server, ['follow']);
      server.serializeAttachment(filter);
      return new Response(null, { status: 101, webSocket: client });
    }
    if (url.pathname !== '/agent') return new Response('not found', { status: 404 });
    const node = url.searchParams.get('node') ?? '';
    // who knocks is alive, also when the database is not there to let it in
    this.#signs.heard(node);
    const { agents } = await this.#getCore();
    this.ctx.acceptWebSocket(server, ['agent', `node:${node}`]);
    const sinceMs = clock.now();
    const given = url.searchParams.get('credential');
    const credential = given === null ? {} : { credential: JSON.parse(given) as Credential };
    server.serializeAttachment({ kind: 'agent', node, sinceMs, ...credential } satisfies AgentAttachment);
    await this.#signs.opened(node, sinceMs);
    this.#serve(server, agents);
    this.ctx.waitUntil(Promise.all([loopOf(this.env).poke(), this.#signs.watch()]));
    return new Response(null, { status: 101, webSocket: client, headers: { 'sec-websocket-protocol': SYNC_SUBPROTOCOL } });
  }

  /** Hands a socket to the agents; one that slept greets again with what it was last sent. */
  #serve(socket: WebSocket, agents: Agents): void {
    const { node, hello, sinceMs = 0, credential } = socket.deserializeAttachment() as AgentAttachment;
    const heardMs = (): number => Math.max(this.ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0, sinceMs);
    const it = createObjectSocket(socket, heardMs);
    this.#sockets.set(socket, it);
    if (hello) it.message(JSON.stringify(hello));
    // not waitUntil: that would keep the object awake for as long as the agent is there
    void agents.serve(node, it.frames, credential);
  }

  #remember(node: string, has: Pick<Hello, 'incarnation' | 'revision' | 'digest'>): void {
    for (const socket of this.ctx.getWebSockets(`node:${node}`)) {
      const attachment = socket.deserializeAttachment() as AgentAttachment;
      if (attachment.hello) socket.serializeAttachment({ ...attachment, hello: { ...attachment.hello, ...has } });
    }
  }

  override async webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): Promise<void> {
    const attachment = socket.deserializeAttachment() as AgentAttachment | FollowAttachment;
    if (attachment.kind !== 'agent') return;
    this.#signs.heard(attachment.node);
    await this.#getCore();
    if (typeof data === 'string' && data.startsWith('{"type":"hello"')) {
      socket.serializeAttachment({ ...attachment, hello: JSON.parse(data) as Hello });
    }
    this.#sockets.get(socket)?.message(data);
  }

  override async webSocketClose(socket: WebSocket, code: number, reason: string): Promise<void> {
    const attachment = socket.deserializeAttachment() as AgentAttachment | FollowAttachment;
    if (attachment.kind === 'agent') await this.#signs.closed(attachment.node, socket);
    this.#sockets.get(socket)?.closed(code, reason);
    closeQuietly(socket, 1000, '');
  }

  override webSocketError(socket: WebSocket): Promise<void> {
    return this.webSocketClose(socket, 1006, 'the connection broke');
  }

  // --- RPC

  async notify(changes: readonly StoredChange[]): Promise<number> {
    this.#followers.notify(changes);
    const lasting = changes.filter(({ resource }) => !isVolatile(resource));
    if (lasting.length === 0) return this.#toldThrough();
    if (this.#hasAgents()) {
      this.#toldRevision = Math.max(this.#toldRevision, ...lasting.map(({ revision }) => revision));
      const fold = (cache: InformerCache): Promise<void> => {
        cache.fold(lasting);
        return this.#closeGap(cache);
      };
      // a cold hub reads the whole state first; the writer need not wait for that
      this.ctx.waitUntil(this.#cache ? fold(this.#cache) : this.#getCore().then(({ cache }) => fold(cache)));
    }
    const told = this.#toldThrough();
    this.ctx.waitUntil(loopOf(this.env).poke(told));
    return told;
  }

  #hasAgents(): boolean {
    return this.#core !== undefined || this.ctx.getWebSockets('agent').length > 0;
  }

  /** Up to here nobody need be told again: followers were told, or told to read, and the agents' views have it. 0: not known. */
  #toldThrough(): number {
    return Math.min(this.#followers.through, this.#hasAgents() ? (this.#cache?.snapshot.revision ?? 0) : Number.MAX_SAFE_INTEGER);
  }

  /** Notifications overtake each other, so a gap gets a moment; one that stays was never told of, and the store says what is in it. */
  async #closeGap(cache: InformerCache): Promise<void> {
    if (this.#closing || cache.snapshot.revision >= this.#toldRevision) return;
    this.#closing = true;
    try {
      await new Promise((resolve) => setTimeout(resolve, GAP_CLOSES_MS));
      if (cache.snapshot.revision < this.#toldRevision) await cache.catchUp();
    } catch (error) {
      this.#log.warn('changes that nobody told of could not be read; the alarm tries again', { error: String(error) });
    } finally {
      this.#closing = false;
    }
  }

  async exchange(node: string, messages: readonly AgentMessage[], waitMs: number): Promise<readonly ServerMessage[]> {
    await this.#signs.heardForGood(node);
    await this.#signs.stayAwake();
    if (!(await this.#signs.isWatching())) await this.#signs.watch();
    return (await this.#getCore()).agents.exchange(node, messages, waitMs);
  }

  async openStream(node: string, open: StreamOpen, credentialId = ''): Promise<boolean> {
    await this.#streams.note(open.session, { node, credentialId, atMs: clock.now() });
    const socket = this.ctx.getWebSockets(`node:${node}`).find((candidate) => this.#signs.isAlive(node, candidate));
    if (!socket) return this.#core ? (await this.#core).agents.openStream(node, open) : false;
    socket.send(JSON.stringify({ type: 'openStream', ...open } satisfies ServerMessage));
    return true;
  }

  async authorizeNode(node: string, request: NodeRequest): Promise<{ allowed: boolean; reason: string }> {
    return (await this.#getCore()).authorizeNode(node, request);
  }

  async liveness(): Promise<Liveness> {
    return this.#signs.liveness();
  }

  async metrics(): Promise<Measurements> {
    return (await this.#getCore()).agents.metrics();
  }

  telemetry(): Promise<Family[]> {
    return this.#telemetry.families();
  }

  consumption(): Promise<Ledger> {
    return this.#consumption.ledger();
  }

  async consume(figures: Partial<Figures>): Promise<void> {
    await this.#consumption.add(figures);
  }

  async endCredential(id: string): Promise<void> {
    if (id === '') return;
    for (const socket of this.ctx.getWebSockets('follow')) {
      if ((socket.deserializeAttachment() as FollowAttachment).credential === id) closeQuietly(socket, CREDENTIAL_ENDED, REVOKED);
    }
    // agents are told the reason by whoever serves them, which a sleeping hub has to begin first
    const held = this.ctx
      .getWebSockets('agent')
      .some((socket) => (socket.deserializeAttachment() as AgentAttachment).credential?.id === id);
    if (held) await this.#getCore();
    this.#sessions.end(ofCredential(id), REVOKED);
    await this.#streams.end(({ credentialId }) => credentialId === id, REVOKED);
  }

  async heard(node: string): Promise<void> {
    this.#signs.heard(node);
  }

  override async alarm(): Promise<void> {
    await this.#signs.stayAwake();
    await this.#signs.dropSilent();
    if (this.#signs.fellSilent()) await loopOf(this.env).poke();
    await this.#signs.watch();
    if (this.#core) await this.#closeGap((await this.#core).cache);
  }

  async tick(missed?: number): Promise<void> {
    await this.#signs.stayAwake();
    await this.#signs.dropSilent();
    await this.#signs.watch();
    await this.#signs.forgetOld();
    await this.#streams.dropOld(clock.now());
    await dropOld(await this.#volatileStore(), clock.now());
    // an older Worker does not say
    await this.#mend(missed ?? (await (await durableStore(this.env)).head()).revision);
  }

  /** Agents and followers hear of what was committed up to a revision, also where a notification was lost. */
  async #mend(revision: number): Promise<void> {
    if (revision === 0) return;
    this.#followers.head(revision);
    if (!this.#hasAgents()) return;
    const { cache } = await this.#getCore();
    if (cache.snapshot.revision < revision) await cache.catchUp();
  }

  async volatile<M extends 'get' | 'getMany' | 'gather' | 'list' | 'changes' | 'write' | 'head' | 'compact'>(
    method: M,
    args: Parameters<Store[M]>,
  ): Promise<Answer<Awaited<ReturnType<Store[M]>>>> {
    const store = await this.#volatileStore();
    const done = await answer(
      () => (store[method] as (...given: Parameters<Store[M]>) => ReturnType<Store[M]>).apply(store, args) as never,
    );
    if (method === 'write' && 'ok' in done) await this.#tellWritten(store, done.ok as readonly WriteOutcome[]);
    return done as Answer<Awaited<ReturnType<Store[M]>>>;
  }

  /** Who wrote volatile objects need not notify: it is known here. */
  async #tellWritten(store: Store, outcomes: readonly WriteOutcome[]): Promise<void> {
    const written = outcomes.flatMap((outcome) => (outcome.status === 'ok' ? [outcome.object] : []));
    for (const resource of new Set(written.map((object) => object.resource))) {
      if (!this.#followers.hears(resource)) continue;
      const after = Math.min(...written.filter((object) => object.resource === resource).map(({ revision }) => revision)) - 1;
      // they are in the store: a follower that is not told now pages it later
      const page = await store.changes({ after, resources: [resource] }).catch(() => undefined);
      if (page) this.#followers.notify(page.changes);
    }
  }
}

meterEvents(HubObject, 'HubObject');
