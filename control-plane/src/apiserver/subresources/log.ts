/** pods/NAME/log: the container's output as plain text, streamed from its node. */

import { paramsOf } from '#schema/sync/stream-params.ts';
import { toBase64Url } from '../../auth/encoding.ts';
import { parseBody } from '../../registry/body.ts';
import type { FrameStream } from '../../relay/relay.ts';
import { credentialOf, type Handler } from '../call.ts';
import { ApiError, badRequest } from '../errors.ts';
import { logOptions } from '../log-options.ts';
import { plain } from '../respond.ts';
import { chooseContainer, statusOf } from './pod-container.ts';

const normalClosure = 1000;
/** Waiting reasons that say enough by themselves. */
const plainReasons = new Set(['ContainerCreating', 'PodInitializing']);

export const log: Handler = async (call) => {
  const { target, server, query } = call;
  const { platform, registry } = server;
  const options = logOptions(query);
  const stored = await registry.get(target.definition, target.namespace, target.name);
  const pod = parseBody(stored.body, stored.revision);
  const container = chooseContainer(pod, options.container);
  const node = pod.spec?.nodeName;
  // Nothing has run yet: upstream answers an empty log.
  if (!node) return plain('');
  const status = statusOf(pod, container);
  const { state, lastState } = status ?? {};
  if (!state?.running && !state?.terminated && !lastState?.terminated) {
    const { reason = 'ContainerCreating', message } = state?.waiting ?? {};
    const why = plainReasons.has(reason) ? reason : (message ?? reason);
    throw badRequest(`container ${JSON.stringify(container)} in pod ${JSON.stringify(target.name)} is waiting to start: ${why}`);
  }
  if (options.previous && !lastState?.terminated) {
    throw badRequest(`previous terminated container ${JSON.stringify(container)} in pod ${JSON.stringify(target.name)} not found`);
  }
  const stop = new AbortController();
  call.request.signal?.addEventListener('abort', () => stop.abort(), { once: true });
  const stream = await platform.relay.dial(
    node,
    {
      session: toBase64Url(platform.random.bytes(24)),
      kind: 'logs',
      namespace: target.namespace,
      pod: target.name,
      podUid: stored.uid,
      container,
      params: paramsOf(query),
    },
    stop.signal,
    credentialOf(call),
  );
  return respondWith(stream, stop);
};

/**
 * Bytes are the log; a text frame is the agent's last word: a JSON Status of a log that cannot be read. Before the first byte it becomes the
 * reply, afterwards it can only end the stream.
 */
const respondWith = async (stream: FrameStream, stop: AbortController): Promise<Response> => {
  const frames = stream.frames[Symbol.asyncIterator]();
  const first = await frames.next();
  if (!first.done && typeof first.value === 'string') {
    stop.abort();
    throw errorOf(first.value);
  }
  let pending: typeof first | undefined = first;
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const next = pending ?? (await frames.next());
      pending = undefined;
      if (!next.done && typeof next.value !== 'string') return controller.enqueue(next.value);
      const whole = next.done && (await stream.closed).code === normalClosure;
      stop.abort();
      // a log that broke off must not look like one that has ended
      if (whole) controller.close();
      else controller.error(new Error('the log broke off'));
    },
    cancel: () => {
      stop.abort();
      stream.close(normalClosure, 'the client went away');
    },
  });
  return new Response(body, {
    headers: { 'content-type': 'text/plain; charset=utf-8', 'content-encoding': 'identity', 'cache-control': 'no-cache, private' },
  });
};

const errorOf = (frame: string): ApiError => {
  try {
    const status = JSON.parse(frame) as { message?: string; reason?: string };
    if (status.reason === 'NotFound' || status.reason === 'BadRequest') return new ApiError(status.reason, status.message ?? '');
    return new ApiError('InternalError', status.message ?? 'the log cannot be read');
  } catch {
    return new ApiError('InternalError', 'the log cannot be read');
  }
};
