/**
 * The insides of the loop object: cache, registry, controllers, tasks. A module of its own, which the object imports when the loop is first needed: the API's
 * isolates, and an object that finds nothing to do, never read it.
 */
import { resources } from '#schema/resources.ts';
import { configurationsOf, isExempt } from '../../admission/configurations.ts';
import { createAggregateCall } from '../../aggregation/aggregate-call.ts';
import { createFrontProxy } from '../../aggregation/front-proxy.ts';
import { createInformerCache } from '../../controller-runtime/informer-cache.ts';
import { createLoop, type Loop, type Told } from '../../controller-runtime/loop.ts';
import { controllers } from '../../controllers/controllers.ts';
import { createRegistry } from '../../registry/create.ts';
import { resealRound } from '../../sealing/reseal.ts';
import { createSealer } from '../../store/sealing.ts';
import type { Store } from '../../store/store.ts';
import { createTasks } from '../../tasks/create-tasks.ts';
import { observedStore } from '../../telemetry/observed-store.ts';
import type { Telemetry } from '../../telemetry/telemetry.ts';
import { clock, planOf, platformOf, reachedStore } from './core.ts';
import { type Env, settingsOf } from './env.ts';
import { hubStub } from './hub-stub.ts';
import { externalLimit, freeLimits, presentMeter } from './meter.ts';
import { relayStub } from './relay-stub.ts';
import { objectMark } from './run-mark.ts';

/** A round and what follows it should fit into the rest; what does not is kept from crossing the limit by the store. */
const SPENT_REQUESTS = freeLimits.external / 2;

export interface LoopParts {
  readonly env: Env;
  readonly storage: DurableObjectStorage;
  readonly telemetry: Telemetry;
  readonly background: (work: Promise<unknown>) => void;
  /** Unix ms of the next thing due; undefined: nothing is. */
  readonly setDue: (atMs: number | undefined) => void;
  readonly told: Told;
}

/** Resolves when the loop has read the state and runs. */
export const startLoop = async ({ env, storage, telemetry, background, setDue, told }: LoopParts): Promise<Loop> => {
  const store = observedStore(await reachedStore(env, externalLimit(planOf(env))), telemetry);
  const onTold = (revision: number): void => {
    told.through = Math.max(told.through, revision);
  };
  const hub = hubStub(env, () => store, { onTold });
  const platform = platformOf(env, { component: 'loop', store, hub, relay: relayStub(env), telemetry });
  const sealer = createSealer(settingsOf(env).keys.sealingKeys, env.KEDGE_CLUSTER_UID);
  const cache = createInformerCache({ store, sealer, resources, clock });
  // written by another object, and the very next decision must pass it
  cache.onFold((events) => {
    if (events.some(({ resource }) => isExempt(resource))) configurationsOf(store).forget();
  });
  const registry = createRegistry({ ...platform, parsed: cache.parsed });
  const loop = createLoop({
    platform: { ...platform, background },
    cache,
    registry,
    controllers,
    fedByHub: false,
    tasks: createTasks(platform, registry),
    metricsCall: createAggregateCall({ ...platform, frontProxy: createFrontProxy(platform, registry) }),
    timer: { setDue },
    told,
    mark: objectMark(storage),
    spent: () => (presentMeter()?.external ?? 0) >= SPENT_REQUESTS,
  });
  await loop.start(new AbortController().signal);
  return loop;
};

/** What is left of a rotation of the sealing keys, also when nobody asks for it any more. */
export const resealLeft = async (env: Env, store: Store): Promise<void> => {
  const hub = hubStub(env, () => store);
  const platform = platformOf(env, { component: 'loop', store, hub, relay: relayStub(env) });
  await resealRound({ platform, registry: createRegistry(platform) });
};
