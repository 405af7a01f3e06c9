/** Words between the ends of a stream: text frames that say a number of bytes, such as `credit 4096`. */
export interface ByteWord {
  say(bytes: number): string;
  /** Undefined: another frame. */
  read(frame: Uint8Array | string): number | undefined;
}

const number = /^\d{1,12}$/;

export const byteWord = (name: string): ByteWord => {
  const before = `${name} `;
  return {
    say: (bytes) => before + bytes,
    read: (frame) => {
      if (typeof frame !== 'string' || !frame.startsWith(before)) return undefined;
      const bytes = frame.slice(before.length);
      return number.test(bytes) ? Number(bytes) : undefined;
    },
  };
};
