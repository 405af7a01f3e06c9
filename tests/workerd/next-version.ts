/**
 * The Worker of the next version, as source for `startWorkerdPlane`: the present one, in which every message between Worker, objects and agents has a field more, agents
 * hear a word they do not know, sockets remember more, and the objects keep a table and a key of their own. Worker and objects change versions apart, as in a deploy.
 */
import { workerModule } from './plane.ts';

export interface Build {
  readonly name: string;
  readonly worker: 'present' | 'next';
  readonly objects: 'present' | 'next';
}

const shared = `
import worker from ${workerModule('platform/workers/worker.ts')};
import { HubObject as Hub } from ${workerModule('platform/workers/hub-object.ts')};
import { LoopObject as Loop } from ${workerModule('platform/workers/loop-object.ts')};
import { RelayObject as Relay } from ${workerModule('platform/workers/relay-object.ts')};

const later = { later: 'a field of the next version' };
const isPlain = (value) => value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;
const withMore = (value) => (Array.isArray(value) ? value.map(withMore) : isPlain(value) ? { ...value, ...later } : value);

const stubWithMore = (stub) =>
  new Proxy(stub, {
    get: (target, name) => {
      const member = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      if (name !== 'fetch') return (...args) => Reflect.apply(member, target, args.map(withMore));
      return (input, init) => {
        if (typeof input !== 'string') return Reflect.apply(member, target, [input, init]);
        const url = new URL(input);
        url.searchParams.set('later', 'yes');
        return Reflect.apply(member, target, [url.toString(), init]);
      };
    },
  });

const envWithMore = (env) =>
  new Proxy(env, {
    get: (target, name) => {
      const value = Reflect.get(target, name, target);
      return ['HUB', 'LOOP', 'RELAY'].includes(name) ? { getByName: (id) => stubWithMore(value.getByName(id)) } : value;
    },
  });
`;

const nextObjects = `
const { send, serializeAttachment } = WebSocket.prototype;
const spoken = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
WebSocket.prototype.send = function (data) {
  const message = typeof data === 'string' && data.startsWith('{') ? spoken(data) : undefined;
  if (!message || !('type' in message || 'through' in message)) return Reflect.apply(send, this, [data]);
  const isHello = message.type === 'hello';
  const next = isHello ? { protocolMax: message.protocolMax + 1, version: '99.0.0', features: ['later'] } : {};
  Reflect.apply(send, this, [JSON.stringify({ ...message, ...next, ...later })]);
  if (isHello) Reflect.apply(send, this, [JSON.stringify({ type: 'later', ...later })]);
};
WebSocket.prototype.serializeAttachment = function (attachment) {
  return Reflect.apply(serializeAttachment, this, [withMore(attachment)]);
};
const keepMore = async (storage) => {
  await storage.put('later', later);
  storage.sql.exec('CREATE TABLE IF NOT EXISTS later (id INTEGER PRIMARY KEY)');
};
export class HubObject extends Hub {
  constructor(ctx, env) {
    super(ctx, envWithMore(env));
    ctx.blockConcurrencyWhile(() => keepMore(ctx.storage));
  }
}
for (const name of ['exchange', 'authorizeNode', 'liveness', 'metrics', 'telemetry', 'volatile']) {
  const answered = Hub.prototype[name];
  Object.defineProperty(HubObject.prototype, name, {
    value: async function (...args) {
      return withMore(await Reflect.apply(answered, this, args));
    },
  });
}
export class LoopObject extends Loop {
  constructor(ctx, env) {
    super(ctx, envWithMore(env));
    ctx.blockConcurrencyWhile(() => keepMore(ctx.storage));
  }
}
export class RelayObject extends Relay {
  constructor(ctx, env) {
    super(ctx, envWithMore(env));
  }
}
`;

const presentObjects = 'export { Hub as HubObject, Loop as LoopObject, Relay as RelayObject };';

/** `GET /build` answers with its name. */
export const workerSource = ({ name, worker, objects }: Build): string => `${shared}
${objects === 'next' ? nextObjects : presentObjects}
const envOf = ${worker === 'next' ? 'envWithMore' : '(env) => env'};
export default {
  fetch: (request, env, context) =>
    new URL(request.url).pathname === '/build' ? new Response(${JSON.stringify(name)}) : worker.fetch(request, envOf(env), context),
  scheduled: (controller, env, context) => worker.scheduled(controller, envOf(env), context),
};
`;
