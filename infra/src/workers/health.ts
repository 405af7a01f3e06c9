/**
 * When wrangler needs to be started again. It starts a workerd that died once, but not one that dies while it is being started; its proxy then waits for
 * ever. Decided from what is seen from outside, so it holds for whatever else goes wrong in there.
 */

export interface Observation {
  readonly nowMs: number;
  /** The Worker has served a request. */
  readonly answered: boolean;
  /** Processes below wrangler: workerd twice, its proxy and the Worker; undefined where they cannot be counted. */
  readonly processes: number | undefined;
}

/** wrangler starts the next workerd within moments of the last one's end. */
const MISSING_MS = 2_500;
/** Long enough for a start of workerd on a machine that is busy with other things, and for a stream that has wrangler's proxy busy with nothing else. */
const SILENT_MS = 60_000;
const RUNNING = 2;

/** Tells of each observation why wrangler has to be started again, or undefined when not. */
export const createHealth = (): ((seen: Observation) => string | undefined) => {
  let silentSince: number | undefined;
  let missingSince: number | undefined;
  return ({ nowMs, answered, processes }) => {
    silentSince = answered ? undefined : (silentSince ?? nowMs);
    missingSince = answered || processes === undefined || processes >= RUNNING ? undefined : (missingSince ?? nowMs);
    if (missingSince !== undefined && nowMs - missingSince >= MISSING_MS) return 'it did not start workerd again';
    if (silentSince !== undefined && nowMs - silentSince >= SILENT_MS) return 'the Worker gives no answer';
    return undefined;
  };
};
