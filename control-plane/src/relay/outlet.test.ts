/** What a relay that cannot pause its sockets knows of one of them, with a socket and a clock that do as they are told. */
import { describe, expect, it } from 'vitest';
import { fakeTiming } from './fake-timing.ts';
import { Outlet, WINDOW_BYTES } from './outlet.ts';

const frame = (kib: number) => new Uint8Array(kib * 1024);
const LUMP = WINDOW_BYTES / 4;

const setUp = () => {
  const timing = fakeTiming();
  const sent: number[] = [];
  const told: number[] = [];
  const reasons: string[] = [];
  let buffered = 0;
  let isBlocked = false;
  const outlet = new Outlet({
    send: (data) => {
      sent.push(data.length);
      buffered += data.length;
    },
    buffered: () => buffered,
    blocked: () => isBlocked,
    timing,
    stallMs: 60_000,
    onTaken: (bytes) => void told.push(bytes),
    onStalled: (reason) => void reasons.push(reason),
  });
  return {
    ...{ timing, outlet, sent, told, reasons },
    take: (bytes: number) => {
      buffered -= bytes;
    },
    block: (value: boolean) => {
      isBlocked = value;
    },
  };
};

describe('an outlet', () => {
  it('tells what was taken: at once in lumps, the rest when nothing waits, and then sleeps', async () => {
    const { outlet, told, take, timing } = setUp();
    outlet.push(frame(128));
    expect(told).toEqual([]);
    take(LUMP);
    outlet.push(frame(1));
    expect(told).toEqual([LUMP]);
    take(1024);
    await timing.pass(100);
    expect(told).toEqual([LUMP, 1024]);
    expect([outlet.untold, timing.waiting]).toEqual([0, 0]);
  });

  it('is to be held above the window, and ends when nothing is taken for a minute', async () => {
    const { outlet, timing, reasons } = setUp();
    for (let i = 0; i < 11; i++) outlet.push(frame(64));
    expect(outlet.mustHold).toBe(true);
    await timing.pass(59_000);
    expect(reasons).toEqual([]);
    await timing.pass(2_000);
    expect([reasons, timing.waiting]).toEqual([['no progress for 60 s'], 0]);
  });

  it('waits for a reader that takes a little now and then, and for one that has nothing to take', async () => {
    const { outlet, timing, reasons, take } = setUp();
    outlet.push(frame(1));
    for (let i = 0; i < 64; i++) {
      await timing.pass(50_000);
      take(16);
    }
    await timing.pass(1_000);
    await timing.pass(10 * 60_000);
    outlet.push(frame(1));
    await timing.pass(59_000);
    expect(reasons).toEqual([]);
  });

  it('does not take a machine that stood still for a reader that does', async () => {
    const { outlet, timing, reasons, take } = setUp();
    const { now } = timing;
    outlet.push(frame(1));
    timing.now = () => now() + 120_000;
    await timing.pass(10);
    take(1024);
    await timing.pass(1_000);
    expect(reasons).toEqual([]);
  });

  it('keeps what is blocked, in order, and lets all of it go at the end', () => {
    const { outlet, sent, block } = setUp();
    block(true);
    outlet.push(frame(1));
    outlet.push(frame(2));
    expect([sent, outlet.waiting]).toEqual([[], 3 * 1024]);
    block(false);
    outlet.unblock();
    expect(sent).toEqual([1024, 2048]);
    block(true);
    outlet.push(frame(3));
    outlet.end();
    expect(sent).toEqual([1024, 2048, 3072]);
  });

  it('holds a writer until there is room, else for moments that grow while its reader does nothing', async () => {
    const { outlet, take, timing } = setUp();
    const heldFor = async (during: () => void = () => undefined): Promise<number> => {
      const from = timing.now();
      let until = -1;
      void outlet.hold(during).then(() => {
        until = timing.now();
      });
      while (until < 0) await timing.pass(1);
      return until - from;
    };
    outlet.push(frame(641));
    const first = await heldFor();
    let last = first;
    for (let i = 0; i < 12; i++) last = await heldFor();
    expect(first).toBeLessThan(10);
    expect(last).toBeGreaterThanOrEqual(2_000);
    // another direction spoke: it gets its turn soon again
    outlet.eased();
    expect(await heldFor()).toBeLessThan(10);
    for (let i = 0; i < 12; i++) await heldFor();
    expect(await heldFor(() => take(outlet.waiting))).toBeLessThan(20);
  });

  it('holds a writer once for as much as its reader takes meanwhile, and for each frame while it takes nothing', async () => {
    const { outlet, take, timing } = setUp();
    /** Holds that so many frames cost. */
    const holds = async (frames: number, during: () => void): Promise<number> => {
      let count = 0;
      for (let i = 0; i < frames; i++) {
        outlet.push(frame(64));
        if (!outlet.mustHold) continue;
        count++;
        let isHeld = true;
        void outlet
          .hold(() => undefined)
          .then(() => {
            isHeld = false;
          });
        during();
        while (isHeld) await timing.pass(1);
      }
      return count;
    };
    await holds(30, () => undefined);
    const waiting = outlet.waiting;
    expect(await holds(40, () => undefined)).toBe(40);
    take(outlet.waiting - waiting);
    const few = await holds(40, () => take(256 * 1024));
    expect(few).toBeLessThanOrEqual(10);
    // a frame more for each hold, as if nothing were taken
    expect(outlet.waiting).toBeLessThanOrEqual(waiting + few * 64 * 1024);
  });

  it('ends a session whose writer cannot be held', () => {
    const { outlet, reasons } = setUp();
    for (let i = 0; i < 256; i++) outlet.push(frame(64));
    expect(reasons).toEqual([]);
    outlet.push(frame(1));
    expect(reasons).toEqual(['more was sent than the other side takes']);
  });
});
