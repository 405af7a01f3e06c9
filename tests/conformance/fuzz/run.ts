/**
 * Sends spoiled requests over TLS and judges the answers: never 5xx but where Kubernetes itself says so, always a Status for an error, within two seconds,
 * and no memory that stays.
 */
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { Agent } from 'undici';
import { stored, widget, widgetDefinition, widgetPath } from './objects.ts';
import { requestAt, type SpoiledRequest } from './requests.ts';
import { routes } from './routes.ts';
import type { Route } from './valid.ts';

export interface Fuzzed {
  readonly url: string;
  /** PEM. */
  readonly ca: string;
  readonly token: string;
  /** After a forced collection. */
  heapBytes(): Promise<number>;
}

export interface Report {
  readonly sent: number;
  /** Requests that were answered, by route and media type. */
  readonly byRoute: Readonly<Record<string, number>>;
  /** Of the route and type that had the fewest. */
  readonly leastOfARoute: number;
  readonly byStatus: Readonly<Record<number, number>>;
  /** What must not be, each with the number of its request. */
  readonly problems: readonly string[];
  readonly slowestMs: number;
  readonly grownBytes: number;
}

export interface Run {
  readonly seed: number;
  readonly count: number;
  /** After so many the memory is measured that the end is compared with. */
  readonly baseline: number;
  readonly said?: (line: string) => void;
}

const LIMIT_MS = 2_000;
/** Attempts for what may have had no luck: a connection just closed, a busy machine. */
const AGAIN = 10;
/** More than that after a collection is looked at again: what ended just now is let go a little later. */
const GROWN_BYTES = 5e6;
const AT_ONCE = 8;
const MOST_PROBLEMS = 20;
/** More at a time, and the plane is gone. */
const MOST_UNANSWERED = 100;

const decoders: Readonly<Record<string, (bytes: Buffer) => Buffer>> = { gzip: gunzipSync, br: brotliDecompressSync };

interface Answer {
  readonly status: number;
  readonly ms: number;
  readonly type: string;
  readonly text: string;
}

const sender = (plane: Fuzzed) => {
  const dispatcher = new Agent({ connect: { ca: plane.ca, timeout: 60_000 }, connections: AT_ONCE, pipelining: 1 });
  const send = async ({ method, path, headers, body }: Omit<SpoiledRequest, 'route'>): Promise<Answer> => {
    const startMs = performance.now();
    const answer = await dispatcher.request({
      origin: plane.url,
      path,
      method: method as 'GET',
      headers: { authorization: `Bearer ${plane.token}`, ...headers },
      ...(body === undefined ? {} : { body }),
    });
    const ms = performance.now() - startMs;
    const type = String(answer.headers['content-type'] ?? '');
    // a watch is answered when it begins; whatever stands behind `watch=` but no and nothing begins one
    if (answer.statusCode === 200 && (answer.headers['x-accel-buffering'] || /[?&]watch=[^&]/.test(path))) {
      answer.body.on('error', () => undefined).destroy();
      return { status: 200, ms, type: '', text: '' };
    }
    const bytes = Buffer.from(await answer.body.arrayBuffer());
    const decode = decoders[String(answer.headers['content-encoding'] ?? '')] ?? ((encoded: Buffer) => encoded);
    return { status: answer.statusCode, ms, type, text: decode(bytes).toString() };
  };
  return { send, close: () => dispatcher.destroy() };
};

/** What Kubernetes answers so as well: a resourceVersion that is not there yet, and a webhook (the run makes some) that cannot be asked. */
const isKubernetes = (status: number, text: string): boolean =>
  (status === 504 && text.includes('ResourceVersionTooLarge')) || (status === 500 && text.includes('failed calling webhook'));

const judged = ({ status, type, text }: Answer): string | undefined => {
  if (status >= 500 && !isKubernetes(status, text)) return `answered ${status} ${text.slice(0, 300)}`;
  if (status < 400 || !type.startsWith('application/json') || text === '') return undefined;
  const { kind, code, message } = JSON.parse(text);
  return kind === 'Status' && code === status && typeof message === 'string'
    ? undefined
    : `${status} without its Status: ${text.slice(0, 300)}`;
};

const labelOf = ({ name, type }: Route): string => (type ? `${name} [${type}]` : name);

const quoted = ({ route, method, path, headers, body }: SpoiledRequest): string =>
  `${route.name} [${route.type}] ${method} ${path.slice(0, 300)} ${JSON.stringify(headers).slice(0, 300)} ${typeof body === 'string' ? body.slice(0, 600) : body ? Buffer.from(body).toString('base64').slice(0, 800) : ''}`;

/** One object of every kind, and a kind of its own. @throws Error when one cannot be made */
const prepare = async (send: ReturnType<typeof sender>['send']): Promise<void> => {
  const post = async (path: string, value: unknown): Promise<void> => {
    const { status, text } = await send({
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(value),
    });
    if (status >= 300 && status !== 409) throw new Error(`preparing ${path}: ${status} ${text.slice(0, 500)}`);
  };
  // the control loop makes these two as well, some time
  await post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
  await post('/api/v1/namespaces/default/serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } });
  await post('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', widgetDefinition);
  for (const { path, object } of stored()) await post(path, object);
  for (let left = 300; ; left--) {
    const { status } = await send({
      method: 'POST',
      path: widgetPath,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(widget),
    });
    if (status === 201) return;
    if (left === 0) throw new Error(`the custom kind is not served: ${status}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
};

export const fuzz = async (plane: Fuzzed, { seed, count, baseline, said }: Run): Promise<Report> => {
  const { send, close } = sender(plane);
  const problems: string[] = [];
  const byStatus: Record<number, number> = {};
  const byRoute: Record<string, number> = Object.fromEntries(routes.map((route) => [labelOf(route), 0]));
  const slow: number[] = [];
  const unanswered: number[] = [];
  let slowestMs = 0;
  const problem = (text: string): void => {
    problems.push(text);
    said?.(text);
  };
  const one = async (number: number, left: number): Promise<void> => {
    const request = requestAt(seed, number);
    const wrong = (what: string): void => problem(`request ${number} of seed ${seed}: ${what}\n  ${quoted(request)}`);
    try {
      const answer = await send(request);
      if (answer.ms > LIMIT_MS) slow.push(number);
      else slowestMs = Math.max(slowestMs, answer.ms);
      byStatus[answer.status] = (byStatus[answer.status] ?? 0) + 1;
      byRoute[labelOf(request.route)]!++;
      const found = judged(answer);
      if (found) wrong(found);
    } catch (error) {
      // a connection that stayed open may be closed just as it is used again, or with an answer to a body that nobody reads
      if (left === AGAIN) unanswered.push(number);
      else if (left > 0) await one(number, left - 1);
      else wrong(`no answer: ${error}`);
    }
  };
  /** Alone: what is slow of itself is slow again, and what had to wait for it or for a busy machine is not. */
  const slowAlone = async (number: number): Promise<void> => {
    const request = requestAt(seed, number);
    let least = Number.POSITIVE_INFINITY;
    for (let left = AGAIN; left > 0 && least > LIMIT_MS; left--) least = Math.min(least, (await send(request)).ms);
    slowestMs = Math.max(slowestMs, least);
    if (least > LIMIT_MS) problem(`request ${number} of seed ${seed}: answered after ${least.toFixed(0)} ms\n  ${quoted(request)}`);
  };
  try {
    await prepare(send);
    let next = 0;
    const until = async (limit: number): Promise<void> => {
      const work = async (): Promise<void> => {
        while (next < limit && problems.length < MOST_PROBLEMS && unanswered.length < MOST_UNANSWERED) {
          const number = next++;
          await one(number, AGAIN);
          if (said && (number + 1) % 5_000 === 0)
            said(`${number + 1} requests, ${problems.length} problems, slowest ${slowestMs.toFixed(0)} ms`);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      for (const number of unanswered.splice(0)) await one(number, AGAIN - 1);
      for (const number of slow.splice(0)) await slowAlone(number);
    };
    await until(Math.min(baseline, count));
    const before = await plane.heapBytes();
    await until(count);
    let grownBytes = Number.POSITIVE_INFINITY;
    for (let left = AGAIN; left > 0 && grownBytes > GROWN_BYTES; left--) {
      if (left < AGAIN) await new Promise((resolve) => setTimeout(resolve, 1_000));
      grownBytes = Math.min(grownBytes, (await plane.heapBytes()) - before);
    }
    said?.(`grown by ${(grownBytes / 1e6).toFixed(1)} MB`);
    return { sent: next, byRoute, leastOfARoute: Math.min(...Object.values(byRoute)), byStatus, problems, slowestMs, grownBytes };
  } finally {
    await close();
  }
};
