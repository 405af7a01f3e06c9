/**
 * `POST /apis/kedge.dev/v1/edge-checks`: what `kedge doctor --edge` asks of a control plane to learn how its platform behaves, one query parameter each:
 * `store=N` (N reads of the store's head, timed), `stream=BYTES` (a stream that is written as fast as it is taken), `work=UNITS` (that much arithmetic).
 * For administrators, or a role with `post` on the path: it costs what it measures. Nothing is written.
 */
import type { Server } from '../apiserver/call.ts';
import { badRequest, methodNotAllowed } from '../apiserver/errors.ts';
import { json } from '../apiserver/respond.ts';
import type { Identified } from '../auth/authenticate.ts';
import { assertMayPath } from '../history/access.ts';
import type { Platform } from '../platform/platform.ts';

const PATH = '/apis/kedge.dev/v1/edge-checks';

/** The most of each that one request may ask for. */
const limits = { store: 40, stream: 256 * 1024 * 1024, work: 2_000 } as const;
type Check = keyof typeof limits;

/** Bytes of a line of the stream: its number and its time stand at the beginning. */
export const LINE_BYTES = 64 * 1024;

/** About a millisecond of a present processor. */
const STEPS = 400_000;

const askedOf = (query: URLSearchParams): { readonly check: Check; readonly amount: number } => {
  const asked = (Object.keys(limits) as Check[]).filter((name) => query.has(name));
  const [check] = asked;
  if (!check || asked.length > 1) throw badRequest(`one of ${Object.keys(limits).join(', ')} must be given`);
  const text = query.get(check) ?? '';
  const amount = Number(text);
  if (!/^\d{1,9}$/.test(text) || amount < 1 || amount > limits[check])
    throw badRequest(`${check}: must be a whole number from 1 to ${limits[check]}`);
  return { check, amount };
};

const storeTimes = async ({ store, clock }: Pick<Platform, 'store' | 'clock'>, times: number): Promise<number[]> => {
  const taken: number[] = [];
  for (let i = 0; i < times; i++) {
    const startMs = clock.now();
    await store.head();
    taken.push(clock.now() - startMs);
  }
  return taken;
};

/** Lines `SERIAL MS   ...` of equal length, each made when the one before it has been taken. */
const lines = ({ clock }: Pick<Platform, 'clock'>, bytes: number): ReadableStream<Uint8Array> => {
  const count = Math.ceil(bytes / LINE_BYTES);
  let serial = 0;
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        // a platform that stops its clock between events lets it go on with the next one
        await new Promise((resolve) => setTimeout(resolve, 0));
        controller.enqueue(new TextEncoder().encode(`${`${serial} ${clock.now()}`.padEnd(LINE_BYTES - 1)}\n`));
        if (++serial === count) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
};

/** The result depends on every step, so none can be left out. */
const work = (units: number): number => {
  let state = 0x9e3779b9;
  for (let left = units * STEPS; left > 0; left--) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
  }
  return state >>> 0;
};

/** @throws ApiError */
export const edgeChecksEndpoint = async (server: Server, request: Request, url: URL, { user }: Identified): Promise<Response> => {
  await assertMayPath(server, user, 'post', PATH);
  if (request.method !== 'POST') throw methodNotAllowed();
  const { check, amount } = askedOf(url.searchParams);
  const { platform } = server;
  if (check === 'store') return json({ ms: await storeTimes(platform, amount), runtime: navigator.userAgent });
  if (check === 'work') return json({ units: amount, result: work(amount) });
  // `identity`: a compressed stream would say how well spaces compress
  return new Response(lines(platform, amount), { headers: { 'content-type': 'text/plain', 'content-encoding': 'identity' } });
};
