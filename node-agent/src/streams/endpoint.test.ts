/** Streams between a container and a client, over an in-memory socket pair: channels, exit status, logs, bounds. */
import { describe, expect, it } from 'vitest';
import type { OpenStreamMessage } from '#schema/sync/protocol.ts';
import type { ContainerStatusRecord, ExecSession } from '../runtime/runtime.ts';
import { createStreamEndpoint } from './endpoint.ts';
import { socketPair } from './fixtures.ts';
import { logRequest } from './logs.ts';
import type { Frame } from './stream-socket.ts';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const clock = { now: () => 1_000_000, sleep: () => new Promise<void>(() => undefined) };
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const bytes = (channel: number, value: string): Uint8Array => new Uint8Array([channel, ...text(value)]);

/** A command that echoes its standard input and ends with it. */
const echo = (exitCode: number) => {
  const calls: string[] = [];
  const queue: Uint8Array[] = [];
  let ended = false;
  let wake: (() => void) | undefined;
  const session: ExecSession = {
    stdin: {
      write: async (chunk) => {
        queue.push(chunk);
        wake?.();
      },
      end: () => {
        ended = true;
        wake?.();
      },
    },
    output: (async function* () {
      for (;;) {
        const data = queue.shift();
        if (data) yield { stream: 'stdout' as const, data };
        else if (ended) {
          yield { stream: 'stderr' as const, data: text('bye') };
          return;
        } else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    })(),
    resize: async (columns, rows) => void calls.push(`resize ${columns}x${rows}`),
    wait: async () => exitCode,
    abort: () => {
      calls.push('abort');
      ended = true;
      wake?.();
    },
  };
  return { session, calls };
};

const message = (kind: OpenStreamMessage['kind'], params: OpenStreamMessage['params'] = {}): OpenStreamMessage => ({
  type: 'openStream',
  session: 's',
  kind,
  namespace: 'default',
  pod: 'p',
  podUid: 'u',
  container: 'c',
  params,
});

const setUp = (
  runtime: Partial<Parameters<typeof createStreamEndpoint>[0]['runtime']>,
  record: Partial<ContainerStatusRecord> | undefined,
) => {
  const pair = socketPair();
  const endpoint = createStreamEndpoint({
    ...{ server: 'https://x', token: () => '', clock, log },
    runtime: runtime as never,
    findContainer: () => record as ContainerStatusRecord | undefined,
    findPod: () => undefined,
    dial: async () => pair.socket,
  });
  return { ...pair, endpoint };
};

const running = { id: 'id', state: 'running' } as const;
const all = { stdin: ['true'], stdout: ['1'], stderr: ['true'], command: ['cat'] };

describe('exec', () => {
  it('carries stdin, stdout and stderr, closes stdin by channel 255, and ends with the exit code', async () => {
    const { session } = echo(7);
    const { endpoint, say, sent, closes } = setUp({ exec: async () => session }, running);
    const served = endpoint.open(message('exec', all));
    say(new Uint8Array([0]));
    say(bytes(0, 'hello'));
    say(new Uint8Array([255, 0]));
    await served;
    expect(sent.slice(0, 2)).toEqual([bytes(1, 'hello'), bytes(2, 'bye')]);
    const status = sent[2] as Uint8Array;
    expect(status[0]).toBe(3);
    expect(JSON.parse(new TextDecoder().decode(status.subarray(1)))).toEqual({
      metadata: {},
      status: 'Failure',
      message: 'command terminated with non-zero exit code: exit status 7',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '7' }] },
    });
    expect(closes).toEqual([[1000, '']]);
  });

  it('resizes a terminal, ignores what makes no sense, and succeeds with 0', async () => {
    const { session, calls } = echo(0);
    const { endpoint, say, sent } = setUp({ exec: async () => session }, running);
    const served = endpoint.open(message('exec', { ...all, tty: ['true'] }));
    say(bytes(4, '{"Width":80,"Height":24}'));
    say(bytes(4, '{"Width":-1,"Height":24}'));
    say(bytes(4, 'not json'));
    say('text');
    say(bytes(9, 'x'));
    say(new Uint8Array([255, 0]));
    await served;
    expect(calls).toEqual(['resize 80x24']);
    expect(new TextDecoder().decode((sent.at(-1) as Uint8Array).subarray(1))).toBe('{"metadata":{},"status":"Success"}');
  });

  it('dials with the windows the relay stated', async () => {
    const stated: (number | undefined)[] = [];
    const pair = socketPair();
    const endpoint = createStreamEndpoint({
      ...{ server: 'https://x', token: () => '', clock, log },
      runtime: {} as never,
      findContainer: () => undefined,
      findPod: () => undefined,
      dial: async (_, { window, ahead }) => {
        stated.push(window, ahead);
        return pair.socket;
      },
    });
    await endpoint.open({ ...message('exec', all), window: 1_000, ahead: 2_000 });
    await endpoint.open(message('exec', all));
    expect(stated).toEqual([1_000, 2_000, undefined, undefined]);
  });

  it('ends the command when the client leaves', async () => {
    const { session, calls } = echo(0);
    const { endpoint, leave } = setUp({ exec: async () => session }, running);
    const served = endpoint.open(message('exec', all));
    leave();
    await served;
    expect(calls).toContain('abort');
  });

  it('ends a command that takes nothing of its input for a minute, with the reason; one without input may be silent for ever', async () => {
    const calls: string[] = [];
    const output = Promise.withResolvers<void>();
    const session: ExecSession = {
      stdin: { write: () => new Promise(() => undefined), end: () => undefined },
      output: { [Symbol.asyncIterator]: () => ({ next: () => output.promise.then(() => ({ done: true, value: undefined })) }) },
      resize: async () => undefined,
      wait: async () => 137,
      abort: () => {
        calls.push('abort');
        output.resolve();
      },
    };
    const sleeps: number[] = [];
    const minute = Promise.withResolvers<void>();
    const pair = socketPair();
    const endpoint = createStreamEndpoint({
      ...{ server: 'https://x', token: () => '', log },
      clock: {
        now: () => 0,
        sleep: (ms) => {
          sleeps.push(ms);
          return minute.promise;
        },
      },
      runtime: { exec: async () => session } as never,
      findContainer: () => running as ContainerStatusRecord,
      findPod: () => undefined,
      dial: async () => pair.socket,
    });
    const served = endpoint.open(message('exec', all));
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(sleeps).toEqual([]);
    pair.say(bytes(0, 'never read'));
    await expect.poll(() => sleeps).toEqual([60_000]);
    minute.resolve();
    await served;
    expect(JSON.parse(new TextDecoder().decode((pair.sent[0] as Uint8Array).subarray(1)))).toMatchObject({
      status: 'Failure',
      message: "the command's streams broke: the container took nothing of its standard input for 60 s",
    });
    expect(calls).toContain('abort');
  });

  it('says why a command did not run', async () => {
    const cases = [
      [setUp({}, undefined), 'container not found ("c")'],
      [setUp({}, { id: 'id', state: 'exited' }), 'container "c" is not running'],
      [setUp({ exec: () => Promise.reject(new Error('no such file')) }, running), 'no such file'],
    ] as const;
    for (const [{ endpoint, sent, closes }, why] of cases) {
      await endpoint.open(message('exec', all));
      expect(JSON.parse(new TextDecoder().decode((sent[0] as Uint8Array).subarray(1)))).toMatchObject({ status: 'Failure', message: why });
      expect(closes[0]?.[0]).toBe(1000);
    }
  });
});

describe('attach', () => {
  it('ends well whatever the container ended with: its status tells that', async () => {
    for (const wait of [async () => 7, () => Promise.reject(new Error('no such container'))]) {
      const { session } = echo(7);
      const { endpoint, say, sent } = setUp({ attach: async () => ({ ...session, wait }) }, running);
      const served = endpoint.open(message('attach', all));
      say(new Uint8Array([255, 0]));
      await served;
      expect(new TextDecoder().decode((sent.at(-1) as Uint8Array).subarray(1))).toBe('{"metadata":{},"status":"Success"}');
    }
  });
});

it('waits until the containers are known', async () => {
  const pair = socketPair();
  const known = Promise.withResolvers<void>();
  let record: ContainerStatusRecord | undefined;
  const { session } = echo(0);
  const endpoint = createStreamEndpoint({
    ...{ server: 'https://x', token: () => '', clock, log },
    runtime: { exec: async () => session } as never,
    findContainer: () => record,
    findPod: () => undefined,
    known: known.promise,
    dial: async () => pair.socket,
  });
  const served = endpoint.open(message('exec', all));
  pair.say(new Uint8Array([255, 0]));
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
  record = running as ContainerStatusRecord;
  known.resolve();
  await served;
  expect(new TextDecoder().decode((pair.sent.at(-1) as Uint8Array).subarray(1))).toBe('{"metadata":{},"status":"Success"}');
});

it('refuses more streams than it carries, with the reason', async () => {
  const pairs: ReturnType<typeof socketPair>[] = [];
  const endpoint = createStreamEndpoint({
    ...{ server: 'https://x', token: () => '', clock, log },
    runtime: { exec: async () => echo(0).session } as never,
    findContainer: () => running as ContainerStatusRecord,
    findPod: () => undefined,
    dial: async () => {
      const pair = socketPair();
      pairs.push(pair);
      return pair.socket;
    },
  });
  const served = Array.from({ length: 257 }, () => endpoint.open(message('exec', all)));
  await served.at(-1);
  const status = pairs.at(-1)?.sent[0] as Uint8Array;
  expect(JSON.parse(new TextDecoder().decode(status.subarray(1)))).toMatchObject({
    status: 'Failure',
    message: 'the node has 256 streams open, and takes no more',
  });
  for (const { leave } of pairs) leave();
  await Promise.all(served);
});

describe('logs', () => {
  async function* lines(count: number): AsyncGenerator<Uint8Array, void> {
    for (let i = 0; i < count; i++) yield text(`line ${i}\n`);
  }
  const content = (sent: readonly Frame[]): string => sent.map((frame) => new TextDecoder().decode(frame as Uint8Array)).join('');

  it('sends what there is and closes', async () => {
    const { endpoint, sent, closes } = setUp({ logs: () => lines(3) }, running);
    await endpoint.open(message('logs'));
    expect(content(sent)).toBe('line 0\nline 1\nline 2\n');
    expect(closes).toEqual([[1000, '']]);
  });

  it('cuts at limitBytes', async () => {
    const { endpoint, sent } = setUp({ logs: () => lines(3) }, running);
    await endpoint.open(message('logs', { limitBytes: ['9'] }));
    expect(content(sent)).toBe('line 0\nli');
  });

  it('waits for credit where it must', async () => {
    let read = 0;
    const chunk = new Uint8Array(64 * 1024);
    async function* endless(): AsyncGenerator<Uint8Array, void> {
      for (; read < 100; read++) yield chunk;
    }
    const { endpoint, sent, say } = setUp({ logs: endless }, running);
    const served = endpoint.open(message('logs', { credit: ['100000'] }));
    const settled = async (): Promise<void> => {
      for (let before = -1; before !== read; ) {
        before = read;
        await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      }
    };
    await settled();
    expect(sent).toHaveLength(2);
    expect(read).toBeLessThan(6);
    say('credit 70000');
    await settled();
    expect(sent.length).toBeGreaterThan(2);
    expect(sent.length).toBeLessThan(6);
    while (sent.length < 100) {
      say('credit 70000');
      await settled();
    }
    await served;
  });

  it('tells of a container that has no log', async () => {
    const { endpoint, sent } = setUp({}, undefined);
    await endpoint.open(message('logs', { previous: ['true'] }));
    expect(JSON.parse(sent[0] as string)).toMatchObject({
      reason: 'BadRequest',
      message: 'previous terminated container "c" in pod "p" not found',
    });
  });

  it('reads its options', () => {
    expect(logRequest({ follow: ['true'], tailLines: ['5'], sinceSeconds: ['10'], timestamps: ['1'] }, 60_000)).toEqual({
      follow: true,
      timestamps: true,
      tailLines: 5,
      sinceSeconds: 50,
    });
    expect(logRequest({ sinceTime: ['1970-01-01T00:01:00Z'], tailLines: ['-1'] }, 0)).toEqual({
      follow: false,
      timestamps: false,
      sinceSeconds: 60,
    });
  });
});
