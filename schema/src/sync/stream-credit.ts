/**
 * The words inside a stream whose reader is a Worker: it cannot hold up its socket, so the agent sends only what it was credited (`credit` among the parameters),
 * and, where `bodyWindow` stands there, says what the pod has taken of a request's body, before anything else that it has taken nothing. An agent that does not
 * know of the second is silent about it.
 */

/** The reader took `bytes` more, so as many may follow. */
export const creditFrame = (bytes: number): string => `credit ${bytes}`;

/** The pod took `bytes` more of the body. */
export const takenFrame = (bytes: number): string => `taken ${bytes}`;

const word = /^(credit|taken) (\d{1,12})$/;

const bytesIn =
  (name: string) =>
  (frame: Uint8Array | string): number | undefined => {
    const found = typeof frame === 'string' ? word.exec(frame) : null;
    return found?.[1] === name ? Number(found[2]) : undefined;
  };

/** Undefined: another frame. */
export const creditedBytes = bytesIn('credit');
export const takenBytes = bytesIn('taken');
