/**
 * The control plane on Cloudflare Workers: the API server in the Worker, hub, loop and relays in Durable Objects, state in libSQL over HTTP. Cron ticks each
 * minute as the safety net. @see ../node.ts for the same core in one process.
 */
import type { Hono } from 'hono';
import { refusalText } from '../../allowance/refusal.ts';
import { createApp } from '../../apiserver/app.ts';
import { discard } from '../../apiserver/body.ts';
import { withWarnings } from '../../apiserver/respond.ts';
import { observedStore } from '../../telemetry/observed-store.ts';
import { createTelemetry } from '../../telemetry/telemetry.ts';
import { workerRequest } from './consumption.ts';
import { clock, platformOf, reachedStore, tracerOf } from './core.ts';
import { cronTick } from './cron.ts';
import type { Env } from './env.ts';
import { hubStub } from './hub-stub.ts';
import { createLogger } from './log.ts';
import { limitsOf, Meter, metered } from './meter.ts';
import { refusedSince } from './object-refusals.ts';
import { relayStub } from './relay-stub.ts';
import { type HubRpc, hubOf, loopOf } from './rpc.ts';

export { HubObject } from './hub-object.ts';
export { LoopObject } from './loop-object.ts';
export { RelayObject } from './relay-object.ts';

let app: Hono | undefined;

const appOf = async (env: Env): Promise<Hono> => {
  if (app) return app;
  const tracer = tracerOf(env);
  const telemetry = createTelemetry({
    component: 'api',
    clock,
    tracer,
    others: [async () => (hubOf(env) as HubRpc).telemetry(), async () => loopOf(env).telemetry()],
  });
  const store = observedStore(await reachedStore(env), telemetry);
  const hub = hubStub(env, () => store, { onHandedOut: (ms) => telemetry.watched(ms) });
  app = createApp(platformOf(env, { component: 'api', store, hub, relay: relayStub(env), telemetry, tracer }));
  return app;
};

const unavailable = (message: string): Response =>
  Response.json(
    { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason: 'ServiceUnavailable', code: 503 },
    { status: 503, headers: { 'retry-after': '1' } },
  );

const answered = async (request: Request, env: Env): Promise<Response> => {
  try {
    const response = await (await appOf(env)).fetch(request);
    // an answer that needed no body; the runtime closes a connection whose body is left
    if (request.body && !request.bodyUsed && !request.body.locked) await discard(request.body.getReader());
    return response;
  } catch (error) {
    createLogger('api', env.KEDGE_LOG_LEVEL).error('the API cannot start', { error: String(error) });
    return unavailable('the control plane is not ready; its log says why');
  }
};

/** A write is kept, and the loop, which would act on it, is an object. */
const warned = (request: Request, response: Response, sinceMs: number): Response => {
  const refusal = response.ok && request.method !== 'GET' ? refusedSince(sinceMs) : undefined;
  return refusal
    ? withWarnings(new Response(response.body, response), [`${refusalText(refusal)}; nothing follows from this before`])
    : response;
};

/** What the answer has cost until its first byte; said only under limits. */
const CALLS_HEADER = 'x-kedge-calls';

export default {
  async fetch(request, env, ctx) {
    workerRequest(clock.now(), (figures) => {
      const told = hubOf(env).consume(figures);
      ctx.waitUntil(told.catch(() => undefined));
      return told;
    });
    const limits = limitsOf(env);
    const meter = new Meter(`a ${request.method} request`, limits);
    const sinceMs = clock.now();
    const response = warned(request, await metered(meter, () => answered(request, env)), sinceMs);
    if (!limits || response.status === 101) return response;
    const priced = new Response(response.body, response);
    priced.headers.set(CALLS_HEADER, String(meter));
    return priced;
  },
  scheduled: ({ scheduledTime }, env) => metered(new Meter('the cron trigger', limitsOf(env)), () => cronTick(env, scheduledTime)),
} satisfies ExportedHandler<Env>;
