/**
 * All pods of this node: a worker for each, woken by the view, by the runtime's events and by itself. On start, and whenever the event stream broke, the
 * runtime's list is taken over before anything is decided. What the runtime has and a trusted view has not is removed; on any other view everything stays,
 * and so does a pod that another incarnation of the control plane asked for (a node that lost its memory, a control plane that lost its own).
 */
import type { Pod } from '#schema/core/pod.ts';
import { type ViewKey, viewKey } from '#schema/sync/protocol.ts';
import { letGo } from '../client/kept-pods.ts';
import type { AgentSettings, ApiClient, Clock, Logger, PodNetwork, ReportSink, ViewStore } from '../context.ts';
import { type Fencing, noFencing } from '../fencing/fencing.ts';
import { nodeAddress } from '../node/address.ts';
import type { RunningPod } from '../node/meter.ts';
import { toResources } from '../node/resources.ts';
import type { ContainerRuntime, ContainerStatusRecord, RuntimeEvent, RuntimeInfo, SandboxStatus } from '../runtime/runtime.ts';
import { createPodVolumes, type PodVolumes } from '../volumes/pod-volumes.ts';
import { createEventRecorder, type PodReference } from './events.ts';
import { createHousekeeping } from './housekeeping.ts';
import { createImagePuller } from './images/image-puller.ts';
import { inputsOf, showsOwnMetadata } from './inputs.ts';
import { roomOf } from './plan/resize.ts';
import { PodWorker } from './worker.ts';
import type { WorkerDeps } from './worker-deps.ts';

export interface PodControllerOptions {
  readonly runtime: ContainerRuntime;
  readonly view: ViewStore;
  readonly reports: ReportSink;
  readonly network: PodNetwork;
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly log: Logger;
  readonly settings: AgentSettings;
  /** Default: nothing is promised. */
  readonly fencing?: Pick<Fencing, 'standing' | 'keepOnly' | 'onChange'>;
  /** Default: made from the settings. */
  readonly volumes?: PodVolumes;
  /** Default: the address this machine reaches others from. */
  readonly hostIP?: string;
}

export interface PodController {
  /** Until `signal` aborts; containers run on. */
  run(signal: AbortSignal): Promise<void>;
  /** Settles when the containers that ran before this process are known. */
  readonly known: Promise<void>;
  /** The newest container of that name that was started, or with `previous` the one before it. */
  findContainer(podUid: string, container: string, previous?: boolean): ContainerStatusRecord | undefined;
  /** The pod's object as this node knows it. */
  findPod(podUid: string): Pod | undefined;
  /** Uids of pods that have a worker. */
  readonly pods: readonly string[];
  /** The running containers of each pod. */
  running(): readonly RunningPod[];
  /** Pods that run although the control plane that speaks now does not name them; those that this process never saw named are not attended either. */
  readonly kept: readonly PodReference[];
}

interface Unclaimed {
  readonly reference: PodReference;
  readonly sandboxes: SandboxStatus[];
  readonly containers: ContainerStatusRecord[];
}

const RECONNECT_MS = 500;

export const createPodController = (options: PodControllerOptions): PodController => {
  const { runtime, view, reports, network, clock, log, settings } = options;
  const fencing = options.fencing ?? noFencing;
  const volumes = options.volumes ?? createPodVolumes(options);
  const workers = new Map<string, PodWorker>();
  const inputs = new Map<string, Set<ViewKey>>();
  let unclaimed = new Map<string, Unclaimed>();
  /** Uids of unclaimed pods that a complete view left alone. */
  const unattended = new Set<string>();
  let deps: WorkerDeps | undefined;
  let listed = false;
  const known = Promise.withResolvers<void>();
  let incarnation = '';
  const ownNode = viewKey('core/nodes', undefined, settings.nodeName);
  const keyOf = ({ metadata }: Pod): ViewKey => viewKey('core/pods', metadata.namespace, metadata.name!);
  const uidsOf = (): Set<string> => new Set(view.list<Pod>('core/pods').flatMap(({ metadata }) => metadata.uid ?? []));
  /** What this process begins with, from disk. */
  const remembered = { incarnation: view.incarnation, uids: uidsOf() };

  /** Whether the present view, which does not name the pod, may end it: its own incarnation asked for it or named it, or a person let go of it. */
  const mayEnd = ({ reference, sandboxes }: Unclaimed): boolean => {
    if (letGo(view.get(ownNode), view.incarnation)(reference)) return true;
    const asked = sandboxes.find((sandbox) => sandbox.incarnation)?.incarnation;
    if (asked === view.incarnation) return true;
    return remembered.incarnation === view.incarnation && (asked === undefined || remembered.uids.has(reference.uid));
  };

  const housekeeping = createHousekeeping({ ...options, volumes, workers, unclaimed: () => (listed ? unclaimed : undefined) });

  const makeDeps = async (): Promise<WorkerDeps> => {
    const info: RuntimeInfo = await runtime.info();
    return {
      runtime,
      reports,
      network,
      volumes,
      images: createImagePuller(runtime, clock, (image) => housekeeping.pulled(image)),
      events: createEventRecorder(reports, clock),
      clock,
      log,
      settings,
      fencing,
      room: (uid) => roomOf(view.list<Pod>('core/pods'), { uid, nodeName: settings.nodeName, allocatable: deps!.node.allocatable }),
      node: {
        hostIP: options.hostIP ?? (await nodeAddress()),
        memoryBytes: info.memoryBytes,
        allocatable: (await toResources(info, settings.dir)).allocatable,
      },
      incarnation: () => view.incarnation,
      object: (resource, namespace, name) => view.get(viewKey(resource, namespace, name)),
      list: (resource) => view.list(resource),
    };
  };

  const workerOf = (reference: PodReference): PodWorker => {
    const known = workers.get(reference.uid);
    if (known) return known;
    const worker = new PodWorker(reference, deps!, () => {
      worker.dispose();
      workers.delete(reference.uid);
      inputs.delete(reference.uid);
    });
    workers.set(reference.uid, worker);
    const found = unclaimed.get(reference.uid);
    unclaimed.delete(reference.uid);
    if (found) {
      worker.adopt(found.sandboxes, found.containers);
      if (unattended.delete(reference.uid)) void adoptAgain(worker);
    }
    return worker;
  };

  /** What is known of a pod that ran unattended is old. */
  const adoptAgain = async (worker: PodWorker): Promise<void> => {
    const { uid } = worker.reference;
    const { sandboxes, containers } = await runtime.listPods();
    worker.adopt(
      sandboxes.filter((one) => one.uid === uid),
      containers.filter((one) => one.uid === uid),
    );
  };

  const takePod = (pod: Pod, changed: ReadonlySet<ViewKey> | undefined): void => {
    const uid = pod.metadata.uid!;
    const isNew = !workers.has(uid);
    const worker = workerOf({ namespace: pod.metadata.namespace!, name: pod.metadata.name!, uid });
    if (worker.pod === pod) return;
    if (!isNew && changed && showsOwnMetadata(pod)) worker.refreshInputs();
    inputs.set(uid, inputsOf(pod));
    worker.update(pod);
  };

  const followView = (changed?: ReadonlySet<ViewKey>): void => {
    if (!listed || !deps) return;
    const present = new Set<string>();
    const retained = new Set(view.retained);
    for (const pod of view.list<Pod>('core/pods')) {
      const { uid } = pod.metadata;
      if (pod.spec.nodeName !== settings.nodeName || !uid) continue;
      present.add(uid);
      // what is kept is kept running; nothing is made anew for it
      if (workers.has(uid) || unclaimed.has(uid) || !retained.has(keyOf(pod))) takePod(pod, changed);
    }
    for (const [uid, keys] of inputs) if (changed && [...keys].some((key) => changed.has(key))) workers.get(uid)?.refreshInputs();
    if (!view.complete) return;
    for (const pod of [...unclaimed.values()]) {
      const { reference } = pod;
      if (present.has(reference.uid)) continue;
      if (mayEnd(pod)) workerOf(reference).vanish();
      else if (!unattended.has(reference.uid)) {
        unattended.add(reference.uid);
        log.warn('a pod that this control plane does not know runs on', { pod: `${reference.namespace}/${reference.name}` });
      }
    }
    for (const [uid, worker] of workers) if (!present.has(uid)) worker.vanish();
    fencing.keepOnly(new Set([...present, ...workers.keys(), ...unclaimed.keys()]));
    if (view.incarnation !== incarnation) for (const worker of workers.values()) worker.reportAgain();
    incarnation = view.incarnation;
  };

  /** Takes over what the runtime has. */
  const takeList = async (): Promise<void> => {
    const found = new Map<string, Unclaimed>();
    const of = (pod: PodReference): Unclaimed => {
      const one = found.get(pod.uid) ?? {
        reference: { namespace: pod.namespace, name: pod.name, uid: pod.uid },
        sandboxes: [],
        containers: [],
      };
      found.set(pod.uid, one);
      return one;
    };
    const { sandboxes, containers } = await runtime.listPods();
    for (const sandbox of sandboxes) of(sandbox).sandboxes.push(sandbox);
    for (const record of containers) of(record).containers.push(record);
    for (const [uid, worker] of workers) worker.adopt(found.get(uid)?.sandboxes ?? [], found.get(uid)?.containers ?? []);
    unclaimed = new Map([...found].filter(([uid]) => !workers.has(uid)));
    listed = true;
    followView();
    known.resolve();
  };

  const onEvent = (event: RuntimeEvent): void => {
    workers
      .get(event.podUid)
      ?.onRuntimeEvent(event)
      .catch((error: Error) => log.warn(`event ${event.type}: ${error.message}`));
  };

  /** One connection to the event stream, from the list that goes with it to its end. */
  const follow = async (signal: AbortSignal): Promise<void> => {
    deps ??= await makeDeps();
    const events = runtime.events(signal)[Symbol.asyncIterator]();
    // The stream is opened before the list is taken, so that nothing falls between.
    let next = events.next();
    next.catch(() => {});
    await takeList();
    for (;;) {
      const { value, done } = await next;
      if (done) return;
      next = events.next();
      next.catch(() => {});
      onEvent(value);
    }
  };

  return {
    async run(signal) {
      const keeping = housekeeping.run(signal);
      const unsubscribe = view.onChange((changed) => followView(changed));
      fencing.onChange(() => {
        for (const worker of workers.values()) worker.wake();
      });
      while (!signal.aborted) {
        try {
          await follow(signal);
        } catch (error) {
          if (!signal.aborted) log.warn(`container engine: ${(error as Error).message}; trying again`);
        }
        if (!signal.aborted) await clock.sleep(RECONNECT_MS, signal);
      }
      unsubscribe();
      for (const worker of workers.values()) worker.dispose();
      await keeping;
    },

    known: known.promise,

    findContainer(podUid, container, previous = false) {
      const worker = workers.get(podUid);
      const records = [...(worker?.state.containers.values() ?? [])]
        .filter((record) => record.container === container && (record.state !== 'created' || record.error))
        .sort((a, b) => b.attempt - a.attempt);
      const record = records[previous ? 1 : 0];
      return record && { createdAtMs: 0, ...record, ...worker!.reference, clusterUid: settings.clusterUid };
    },

    findPod: (podUid) => workers.get(podUid)?.pod,

    running: () =>
      [...workers.values()].flatMap(({ reference, state }) => {
        const containers = [...state.containers.values()]
          .filter((record) => record.state === 'running')
          .map((record) => ({ name: record.container, id: record.id, startedAtMs: record.startedAtMs ?? 0 }));
        return containers.length > 0 ? [{ ...reference, containers }] : [];
      }),

    get pods() {
      return [...workers.keys()];
    },

    get kept() {
      const retained = view.retained.map((key) => view.get(key)?.metadata.uid ?? '').flatMap((uid) => workers.get(uid)?.reference ?? []);
      const alone = [...unclaimed.values()].flatMap(({ reference }) => (unattended.has(reference.uid) ? [reference] : []));
      return [...retained, ...alone];
    },
  };
};
