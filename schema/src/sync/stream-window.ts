/**
 * Windows of a stream whose relay cannot pause its sockets (Workers): either side sends at most a window of bytes ahead of what the other has taken, and
 * each tells the other by text frames of its own, which the relay and the agent take out and nobody else sees. The relay states its window in `openStream`;
 * an agent that knows of windows answers with `window N` before anything else. Without either word a stream is as it was before there were windows.
 */

/** The first frame of an agent: it takes `bytes` at once and grants more as it takes them. */
export const windowFrame = (bytes: number): string => `window ${bytes}`;

/** `bytes` more were taken, so as many may follow. */
export const grantFrame = (bytes: number): string => `grant ${bytes}`;

export interface WindowWord {
  readonly word: 'window' | 'grant';
  readonly bytes: number;
}

const pattern = /^(window|grant) (\d{1,12})$/;

/** Undefined: a text frame of somebody else. */
export const windowWord = (text: string): WindowWord | undefined => {
  const found = pattern.exec(text);
  return found ? { word: found[1] as WindowWord['word'], bytes: Number(found[2]) } : undefined;
};
