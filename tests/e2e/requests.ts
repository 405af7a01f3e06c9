/** HTTP requests as an impatient client makes them: a new connection each, no retries. */
import { request } from 'node:http';

export interface Reply {
  status: number;
  body: string;
  /** The replica that answered. */
  replica: string;
}

/** @throws Error when the connection is refused, reset or silent for `timeoutMs` */
export const get = (url: string, timeoutMs = 30_000): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const outgoing = request(url, { agent: false, timeout: timeoutMs }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body, replica: String(response.headers['x-replica'] ?? '') }));
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer from ${url} within ${timeoutMs} ms`)));
    outgoing.on('error', reject);
    outgoing.end();
  });

/** How often each replica answered `count` requests. */
export const tally = async (url: string, count: number): Promise<Map<string, number>> => {
  const seen = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const { replica } = await get(url);
    seen.set(replica, (seen.get(replica) ?? 0) + 1);
  }
  return seen;
};

export interface Load {
  readonly sent: number;
  readonly failures: readonly string[];
  /** Lets what is under way end. */
  stop(): Promise<void>;
}

/** `clients` that ask the addresses in turn, one request after the other, until stopped. */
export const startLoad = (urls: readonly string[], clients: number): Load => {
  let sent = 0;
  let stopped = false;
  const failures: string[] = [];
  const startedAt = performance.now();
  const client = async () => {
    while (!stopped) {
      const url = urls[sent++ % urls.length] as string;
      const at = ((performance.now() - startedAt) / 1000).toFixed(2);
      try {
        const { status, body } = await get(url);
        if (status !== 200) failures.push(`${at} s ${url}: ${status} ${body}`);
      } catch (error) {
        failures.push(`${at} s ${url}: ${(error as Error).message}`);
      }
    }
  };
  const running = Array.from({ length: clients }, client);
  return {
    get sent() {
      return sent;
    },
    failures,
    stop: async () => {
      stopped = true;
      await Promise.all(running);
    },
  };
};
