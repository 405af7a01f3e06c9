/**
 * The hub and relay objects of the control plane with doors for their contract suites: a cluster of its own for each test, named in the path together with
 * the port of its database. Every call is metered as in the real Worker.
 */
import { ApiError } from '../../apiserver/errors.ts';
import type { Hub } from '../../hub/hub.ts';
import { answer } from './answers.ts';
import { reachedStore } from './core.ts';
import type { Env } from './env.ts';
import { HubObject } from './hub-object.ts';
import { hubStub } from './hub-stub.ts';
import { freeLimits, Meter, metered } from './meter.ts';
import { RelayObject } from './relay-object.ts';
import { relayStub } from './relay-stub.ts';
import { hubOf } from './rpc.ts';

/** `<uid>-<port of its database>` */
const envOf = (env: Env, cluster: string): Env => ({
  ...env,
  KEDGE_CLUSTER_UID: cluster,
  KEDGE_DATABASE_URL: `http://127.0.0.1:${cluster.split('-').at(-1)}`,
});

/** Ends the name of a session that gives up after a second without progress. */
const HASTY = '-hasty';
/** Of one that waits a second for the agent. */
const BRIEF = '-brief';

export class ContractHub extends HubObject {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, envOf(env, ctx.id.name as string));
  }
}

export class ContractRelay extends RelayObject {
  protected override get dialBackMs(): number {
    return this.ctx.id.name?.endsWith(BRIEF) ? 1_000 : 120_000;
  }

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, envOf(env, (ctx.id.name as string).split('/')[0] as string));
  }

  protected override get stallMs(): number {
    return this.ctx.id.name?.endsWith(HASTY) ? 1_000 : super.stallMs;
  }
}

/** Nothing decides here. */
export class ContractLoop extends HubObject {
  async poke(): Promise<void> {}
}

const lines = (batches: AsyncIterable<unknown>, stopping: AbortController): Response => {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      controller.enqueue(encoder.encode('\n'));
      const said = await answer(async () => {
        for await (const batch of batches) controller.enqueue(encoder.encode(`${JSON.stringify({ ok: batch })}\n`));
      });
      if ('error' in said) controller.enqueue(encoder.encode(`${JSON.stringify(said)}\n`));
      controller.close();
    },
    cancel: () => stopping.abort(),
  });
  return new Response(body, { headers: { 'content-encoding': 'identity' } });
};

const serve = async (request: Request, given: Env): Promise<Response> => {
  const url = new URL(request.url);
  const [, cluster = '', part, method = '', name = ''] = url.pathname.split('/');
  if (!part) return new Response('ok');
  const env = envOf(given, cluster);
  const store = await reachedStore(env);
  const hub = hubStub(env, () => store);
  const protocol = request.headers.get('sec-websocket-protocol')?.split(',')[0] ?? '';
  const params = { kind: 'exec', namespace: 'default', pod: 'p', podUid: 'u', container: 'c', params: {} } as const;
  if (part === 'agent') return hub.connectAgent(method, request);
  if (part === 'relay' && method === 'agent') return relayStub(env).attachAgent('n1', name, request);
  const session = crypto.randomUUID() + (method === 'hasty' ? HASTY : method === 'brief' ? BRIEF : '');
  if (part === 'relay') return relayStub(env).splice(name, { session, ...params }, request, protocol);
  if (part === 'follow') {
    const stopping = new AbortController();
    request.signal.addEventListener('abort', () => stopping.abort());
    const { filter, after } = JSON.parse(url.searchParams.get('q') as string);
    return lines(hub.follow(filter, after, stopping.signal), stopping);
  }
  const target: object = { hub, store, object: hubOf(env) }[part as 'hub'] as Hub;
  const args = (await request.json()) as unknown[];
  const call = Reflect.get(target, method) as (...given: unknown[]) => Promise<unknown>;
  return Response.json(await answer(() => Reflect.apply(call, target, args)));
};

export default {
  fetch: async (request, env) => {
    try {
      return await metered(new Meter('a call of the suite', freeLimits), () => serve(request, env));
    } catch (error) {
      if (error instanceof ApiError) return new Response(error.message, { status: error.code });
      return new Response(String((error as Error).stack), { status: 500 });
    }
  },
} satisfies ExportedHandler<Env>;
