/**
 * The windows of a stream whose relay cannot pause its sockets (Workers). The relay states them in `openStream`; an agent that knows of them greets the relay
 * before anything else. It then sends at most `window` bytes ahead of what it is granted; and since it must read on to hear of grants, whoever reads or not, it
 * says what was taken of what it has read, and the relay sends at most about `ahead` bytes more than that. All these words are text frames that the relay and
 * the agent take out. Without a greeting a stream is as it was before there were windows.
 */
import { byteWord } from './byte-words.ts';

/** The first frame of an agent that holds to the window. */
export const GREETING = 'kedge window';
/** Of one that also says what was taken. */
export const GREETING_AHEAD = 'kedge window ahead';

const grant = byteWord('kedge grant');
const taken = byteWord('kedge taken');

/** The client took `bytes` more, so as many may follow. */
export const grantFrame = grant.say;
/** Undefined: another frame. */
export const grantedBytes = grant.read;

/** `bytes` more of what the agent has read were taken. */
export const takenFrame = taken.say;
/** Undefined: another frame. */
export const takenBytes = taken.read;

/** Whether a text frame is between relay and agent alone. */
export const isWindowWord = (text: string): boolean =>
  text === GREETING || text === GREETING_AHEAD || grant.read(text) !== undefined || taken.read(text) !== undefined;
