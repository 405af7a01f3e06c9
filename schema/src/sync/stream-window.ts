/**
 * The window of a stream whose relay cannot pause its sockets (Workers): the relay states it in `openStream`, an agent that knows of windows greets the relay
 * before anything else and then sends at most so many bytes ahead of what it is granted. Both words are text frames that the relay and the agent take out.
 * Without the one or the other a stream is as it was before there were windows.
 */

/** The first frame of an agent that holds to the window. */
export const GREETING = 'kedge window';

/** The client took `bytes` more, so as many may follow. */
export const grantFrame = (bytes: number): string => `kedge grant ${bytes}`;

const grant = /^kedge grant (\d{1,12})$/;

/** Undefined: a text frame of somebody else. */
export const grantedBytes = (text: string): number | undefined => {
  const found = grant.exec(text);
  return found ? Number(found[1]) : undefined;
};

/** Whether a text frame is between relay and agent alone. */
export const isWindowWord = (text: string): boolean => text === GREETING || grant.test(text);
