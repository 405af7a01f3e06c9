/**
 * Never two at once: the agent's promises and watchdog on one side, the controller on the other, between them a network that cuts, delays and loses, clocks that
 * differ, agents that die, machines that boot and a control plane that forgets. Whatever comes, no container of the pod runs once it may be replaced.
 */
import { describe, expect, it } from 'vitest';
import fc from '#fast-check';
import {
  disown,
  expire,
  type Moment,
  mayRun,
  overdue,
  type Promises,
  promise,
  renew,
  shortestMs,
  takeOver,
} from '#node-agent/fencing/promises.ts';
import type { Pod } from '#schema/core/pod.ts';
import { failoverOf } from '#schema/core/pod-failover.ts';
import { PlainWorld } from '../../controller-runtime/plain-world.ts';
import { seededRandom, testCluster } from '../../controller-runtime/testing.ts';
import { failover } from './failover.ts';

const STEP_MS = 500;
const PODS = 'core/pods';

interface Span {
  readonly from: number;
  readonly for: number;
}

interface Story {
  readonly after: number;
  readonly grace: number;
  /** Of the node's and the control plane's clocks against true time. */
  readonly rates: readonly [number, number];
  readonly wallJumps: readonly { readonly at: number; readonly by: number }[];
  readonly cuts: readonly Span[];
  /** The agent is dead; the watchdog lives. */
  readonly deaths: readonly Span[];
  /** The agent's process stands still; connections stay, and what comes waits. */
  readonly hangs: readonly Span[];
  /** The machine boots: everything on it ends. */
  readonly boots: readonly number[];
  readonly hubRestarts: readonly number[];
  /** The agent's folder is lost, and it starts anew in reach of the control plane. */
  readonly forgets: readonly number[];
  readonly seed: number;
}

const within = (spans: readonly Span[], s: number): boolean => spans.some((span) => s >= span.from && s < span.from + span.for);

interface Ending {
  /** True ms when a replacement was first allowed, and when a container last ran. */
  readonly replacedMs: number;
  readonly lastRanMs: number;
  readonly everRan: boolean;
}

/** Messages that are under way; a cut loses them. */
class Wire {
  readonly #due: { atMs: number; deliver: () => void }[] = [];
  send(atMs: number, deliver: () => void): void {
    // one connection: nothing overtakes
    this.#due.push({ atMs: Math.max(atMs, this.#due.at(-1)?.atMs ?? 0), deliver });
  }
  run(nowMs: number): void {
    while (this.#due.length > 0 && this.#due[0]!.atMs <= nowMs) this.#due.shift()!.deliver();
  }
  cut(): void {
    this.#due.length = 0;
  }
}

const live = (story: Story, forSeconds: number): Ending => {
  const random = seededRandom(story.seed);
  const begunMs = Date.parse('2030-01-01T00:00:00Z');
  const world = new PlainWorld({ nowMs: begunMs, cluster: testCluster, liveness: { nodes: [], observingSinceMs: begunMs } });
  for (const name of ['n1', 'n2', 'n3'])
    world.add({ apiVersion: 'v1', kind: 'Node', metadata: { name, annotations: { 'kedge.dev/self-fencing': 'true' } } });
  const condition = (status: string) => ({ type: 'kedge.dev/Failover', status, reason: `StopsAfter${story.after}Seconds` });
  const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'uid-db', controller: true }];
  world.add({
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'db-0', uid: 'p', ownerReferences } },
    spec: { nodeName: 'n1', terminationGracePeriodSeconds: story.grace, containers: [{ name: 'c', image: 'i' }] },
    status: { phase: 'Pending', conditions: [condition('False')] },
  });

  const up = new Wire();
  const down = new Wire();
  let trueMs = 0;
  let heardMs = begunMs;
  let observingSinceMs = begunMs;
  let boot = 0;
  let bootedAtMs = 0;
  let disk: Promises | undefined;
  let agent: Promises | undefined;
  let seen: Pod | undefined;
  let lastBeatMs = Number.NEGATIVE_INFINITY;
  let runs = false;
  let endsAtMs: number | undefined;
  const ending = { replacedMs: Number.POSITIVE_INFINITY, lastRanMs: -1, everRan: false };

  const jumpedMs = () => story.wallJumps.reduce((sum, { at, by }) => sum + (trueMs >= at * 1000 ? by * 1000 : 0), 0);
  const moment = (): Moment => ({
    steadyMs: 1000 + (trueMs - bootedAtMs) * story.rates[0],
    wallMs: begunMs + trueMs * story.rates[0] + jumpedMs(),
  });
  const planeMs = (): number => begunMs + trueMs * story.rates[1];
  const stored = (): Pod | undefined => world.cache.get<Pod>(PODS, 'default', 'db-0');
  const keep = (next: Promises): void => {
    agent = next;
    disk = next;
  };
  const replaced = (): void => {
    ending.replacedMs = Math.min(ending.replacedMs, trueMs);
  };
  const atPlane = (deliver: () => void) =>
    up.send(trueMs + random.float() * 3_000, () => {
      heardMs = planeMs();
      deliver();
    });
  const showPod = () => {
    const pod = stored();
    down.send(trueMs + random.float() * 3_000, () => {
      seen = pod;
    });
  };
  const report = (change: (pod: Pod) => void) =>
    atPlane(() => {
      const pod = stored();
      if (!pod) return;
      const next = structuredClone(pod);
      change(next);
      world.cache.put(PODS, next);
      showPod();
    });

  const agentStep = (): void => {
    const now = moment();
    keep(expire(agent!, now));
    const interval = Math.min(20_000, (shortestMs(agent!) ?? 80_000) / 4);
    if (trueMs - lastBeatMs >= interval) {
      lastBeatMs = trueMs;
      const process = boot;
      atPlane(() =>
        down.send(trueMs + random.float() * 3_000, () => {
          if (agent && process === boot) keep(renew(agent, now, moment()));
        }),
      );
    }
    const bargain = seen && failoverOf(seen);
    if (!bargain) return;
    if (!agent!.pods.p) keep(bargain.promised ? disown(agent!, 'p', bargain, now) : promise(agent!, 'p', bargain, now));
    const { fenced } = agent!.pods.p!;
    if (!fenced) {
      if (!bargain.promised) report((pod) => Object.assign(pod.status!, { conditions: [condition('True')] }));
      else if (mayRun(agent!, 'p', now) && !runs && seen!.status?.phase !== 'Failed') {
        runs = true;
        endsAtMs = undefined;
      }
      return;
    }
    // SIGTERM works when it likes, the force of the agent a moment after its time
    if (runs) endsAtMs ??= trueMs + random.float() * story.grace * 1000;
    if (runs && now.steadyMs >= fenced.killAtMs) endsAtMs = Math.min(endsAtMs!, trueMs + random.float() * 1_000);
    if (!runs && fenced.endedAtMs <= now.steadyMs && seen!.status?.phase !== 'Failed') {
      report((pod) => {
        pod.status!.phase = 'Failed';
        replaced();
      });
    }
  };

  const planeStep = (): void => {
    world.nowMs = planeMs();
    const others = ['n2', 'n3'].map((node) => ({ node, lastHeardMs: world.nowMs, connected: true }));
    world.liveness = { nodes: [{ node: 'n1', lastHeardMs: heardMs, connected: false }, ...others], observingSinceMs };
    for (let round = 0; round < 3 && stored(); round++) {
      const { changes } = world.decide(failover, { namespace: '', name: 'n1' });
      if (changes.length === 0) return;
      world.apply(changes);
      if (stored()?.status?.phase === 'Failed' || !stored()) replaced();
    }
  };

  showPod();
  for (let step = 0; step < (forSeconds * 1000) / STEP_MS; step++) {
    trueMs = step * STEP_MS;
    const s = trueMs / 1000;
    const happens = (times: readonly number[]) => times.includes(s);
    if (within(story.cuts, s)) {
      up.cut();
      down.cut();
    }
    if (happens(story.boots)) {
      boot++;
      bootedAtMs = trueMs;
      runs = false;
      agent = undefined;
    }
    if (
      happens(story.forgets) &&
      ![...story.cuts, ...story.deaths, ...story.hangs].some((one) => one.from < s + 30 && one.from + one.for > s)
    ) {
      disk = undefined;
      agent = undefined;
      seen = undefined;
      showPod();
    }
    if (happens(story.hubRestarts)) {
      heardMs = 0;
      observingSinceMs = planeMs();
    }
    up.run(trueMs);
    const hangs = within(story.hangs, s);
    if (!hangs) down.run(trueMs);
    if (within(story.deaths, s)) agent = undefined;
    else if (agent && !hangs) agentStep();
    else if (!agent) {
      keep(takeOver(disk, `boot-${boot}`, moment()));
      lastBeatMs = Number.NEGATIVE_INFINITY;
    }
    // the watchdog reads the same disk
    if (disk?.boot === `boot-${boot}` && overdue(disk, moment(), agent !== undefined).kill.length > 0 && runs) {
      endsAtMs = Math.min(endsAtMs ?? Number.POSITIVE_INFINITY, trueMs + random.float() * 1_000);
    }
    if (runs) {
      ending.everRan = true;
      ending.lastRanMs = trueMs;
    }
    if (runs && endsAtMs !== undefined && trueMs >= endsAtMs) runs = false;
    planeStep();
  }
  return ending;
};

const second = (most: number) => fc.integer({ min: 0, max: most });
const span = fc.record({ from: second(300), for: fc.integer({ min: 1, max: 200 }) });
const stories = fc.record<Story>({
  after: fc.integer({ min: 10, max: 90 }),
  grace: fc.integer({ min: 0, max: 30 }),
  rates: fc.tuple(fc.double({ min: 0.992, max: 1.008, noNaN: true }), fc.double({ min: 0.992, max: 1.008, noNaN: true })),
  wallJumps: fc.array(fc.record({ at: second(300), by: fc.integer({ min: -4000, max: 100 }) }), { maxLength: 2 }),
  cuts: fc.array(span, { maxLength: 4 }),
  deaths: fc.array(span, { maxLength: 3 }),
  hangs: fc.array(span, { maxLength: 2 }),
  boots: fc.array(second(300), { maxLength: 2 }),
  hubRestarts: fc.array(second(300), { maxLength: 2 }),
  forgets: fc.array(second(300), { maxLength: 1 }),
  seed: fc.integer({ min: 1, max: 1_000_000 }),
});

describe('a pod with failover', () => {
  it('never runs once it may be replaced', () => {
    let replacements = 0;
    let ran = 0;
    fc.assert(
      fc.property(stories, (story) => {
        const { replacedMs, lastRanMs, everRan } = live(story, 420);
        if (Number.isFinite(replacedMs)) replacements++;
        if (everRan) ran++;
        expect(lastRanMs).toBeLessThan(replacedMs);
      }),
      { numRuns: 40 },
    );
    // the stories are worth telling
    expect(replacements).toBeGreaterThan(10);
    expect(ran).toBeGreaterThan(20);
  });

  it('is replaced when its node stays away, by the time that was promised', () => {
    const calm = { rates: [1, 1], wallJumps: [], deaths: [], hangs: [], boots: [], hubRestarts: [], forgets: [], seed: 1 } as const;
    const { replacedMs, lastRanMs } = live({ ...calm, after: 60, grace: 10, cuts: [{ from: 50, for: 1000 }] }, 200);
    expect(lastRanMs).toBeGreaterThan(50_000 + 30_000);
    expect(replacedMs).toBeGreaterThan(lastRanMs);
    expect(replacedMs).toBeLessThan(50_000 + 83_000);
  });

  it('stays where it is when its node comes back in time', () => {
    const calm = {
      rates: [1, 1],
      wallJumps: [],
      deaths: [{ from: 120, for: 20 }],
      hangs: [],
      boots: [],
      hubRestarts: [90],
      forgets: [],
      seed: 1,
    } as const;
    const { replacedMs, lastRanMs } = live({ ...calm, after: 60, grace: 10, cuts: [{ from: 50, for: 30 }] }, 200);
    expect(replacedMs).toBe(Number.POSITIVE_INFINITY);
    expect(lastRanMs).toBe(199_500);
  });
});
