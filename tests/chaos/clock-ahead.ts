/** Loaded into a process before its program (`node --import`): its wall clock is KEDGE_TEST_CLOCK_AHEAD_MS ahead, as after a long absence. */
const ahead = Number(process.env.KEDGE_TEST_CLOCK_AHEAD_MS ?? 0);
const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...args: unknown[]) {
    if (args.length === 0) super(RealDate.now() + ahead);
    else super(...(args as [number]));
  }
  static override now(): number {
    return RealDate.now() + ahead;
  }
} as DateConstructor;
