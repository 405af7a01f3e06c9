/**
 * POSTs by undici's dispatcher, for a store over HTTP on Node.js: pieces of the answer are handed on as they are read. `fetch` makes a web stream of each
 * answer, which costs ten times as much as the rest of a small call.
 */
import { Agent, type Dispatcher } from 'undici';
import type { Post } from '../../store/http/post.ts';

/** Servers close what rests for five seconds, and what is sent just then is lost. */
const MAX_REST_MS = 4_000;

/** A connection for each call under way, kept for a moment for the next. A call that fails says nothing of whether the server got it. */
export const createPost = (): Post => {
  // the deadline of a call is the only limit of its time
  const agent = new Agent({
    pipelining: 1,
    keepAliveTimeout: MAX_REST_MS,
    keepAliveMaxTimeout: MAX_REST_MS,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return ({ url, headers, body, deadlineMs, take }) =>
    new Promise((resolve, reject) => {
      let controller: Dispatcher.DispatchController | undefined;
      let late: Error | undefined;
      let status = 0;
      const timer = setTimeout(() => {
        late = new Error(`no answer within ${deadlineMs} ms`);
        controller?.abort(late);
        reject(late);
      }, deadlineMs);
      agent.dispatch(
        { origin: url.origin, path: url.pathname + url.search, method: 'POST', headers, body },
        {
          onRequestStart: (started) => {
            controller = started;
            // it waited for a connection until now
            if (late) started.abort(late);
          },
          onResponseStart: (_, code) => {
            status = code;
          },
          onResponseData: (_, piece) => take(piece),
          onResponseEnd: () => {
            clearTimeout(timer);
            resolve(status);
          },
          onResponseError: (_, error) => {
            clearTimeout(timer);
            reject(error);
          },
        },
      );
    });
};
