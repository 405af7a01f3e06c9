/**
 * The words inside a stream whose reader is a Worker: it cannot hold up its socket, so the agent sends only what it was credited (`credit` among the parameters),
 * and, where `bodyWindow` stands there, says what the pod has taken of a request's body, before anything else that it has taken nothing. An agent that does not
 * know of the second is silent about it.
 */
import { byteWord } from './byte-words.ts';

const credit = byteWord('credit');
const taken = byteWord('taken');

/** The reader took `bytes` more, so as many may follow. */
export const creditFrame = credit.say;
/** Undefined: another frame. */
export const creditedBytes = credit.read;

/** The pod took `bytes` more of the body. */
export const takenFrame = taken.say;
/** Undefined: another frame. */
export const takenBytes = taken.read;
