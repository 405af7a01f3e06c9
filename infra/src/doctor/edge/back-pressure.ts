/** Whether a Worker notices that its reader stands still: what is taken from it meanwhile waits in somebody's memory. */
import { EDGE_PATH, type EdgeCheck, type Measured, mebibytes } from './check.ts';
import { messageIn } from './client.ts';

const BYTES = 64 * 1024 * 1024;
/** Taken before the reader stands still. */
const FIRST_BYTES = 512 * 1024;
const STILL_MS = 3_000;

export interface Line {
  readonly serial: number;
  /** The Worker's clock when it made the line. */
  readonly atMs: number;
  /** Of the stream, up to here. */
  readonly bytes: number;
}

/** Where the Worker was held, there is a gap in its clock. `readBytes`: taken before the reader stood still. */
export const judgePressure = (lines: readonly Line[], readBytes: number, stillMs: number): Measured => {
  const check = 'back-pressure';
  const held = lines.find((line, i) => i > 0 && line.bytes > readBytes && line.atMs - lines[i - 1]!.atMs >= stillMs / 2);
  const total = lines.at(-1)?.bytes ?? 0;
  if (!held)
    return {
      ...{
        check,
        state: 'warning',
        figure: `${mebibytes(total)} were taken from the Worker while its reader stood still for ${stillMs / 1000} s`,
      },
      meaning: 'something between here and the Worker takes all it can: a slow client is noticed late',
    };
  const ahead = Math.max(0, held.bytes - readBytes);
  return {
    ...{ check, state: 'ok', figure: `the Worker was held ${mebibytes(ahead)} ahead of a reader that stood still` },
    meaning: 'a slow client slows its own stream, and no memory grows for it',
  };
};

export const backPressure: EdgeCheck = {
  ...{ name: 'back-pressure', requests: 1, writes: 0, reads: 0 },
  measure: async (client) => {
    const response = await client.stream('POST', `${EDGE_PATH}?stream=${BYTES}`, AbortSignal.timeout(300_000));
    if (!response.ok || !response.body) throw new Error(`${response.status} ${messageIn(await response.text())}`);
    const lines: Line[] = [];
    let [bytes, start, readBytes] = [0, '', 0];
    for await (const chunk of response.body) {
      // only the beginning of a line says something
      let text = Buffer.from(chunk).toString('latin1');
      while (text !== '') {
        const end = text.indexOf('\n');
        const part = end < 0 ? text : text.slice(0, end + 1);
        if (start.length < 40) start += part.slice(0, 40);
        bytes += part.length;
        text = text.slice(part.length);
        if (end < 0) continue;
        const [serial, atMs] = start.split(' ').map(Number);
        lines.push({ serial: serial as number, atMs: atMs as number, bytes });
        start = '';
      }
      if (readBytes === 0 && bytes >= FIRST_BYTES) {
        readBytes = bytes;
        await new Promise((resolve) => setTimeout(resolve, STILL_MS));
      }
    }
    return judgePressure(lines, readBytes, STILL_MS);
  },
};
