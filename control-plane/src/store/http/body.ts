/**
 * The body of a reply in one piece, in memory that is used again for the next: a page is a megabyte, and the collector would run several times a list
 * for buffers that live for a moment each.
 */

const firstBytes = 65_536;
/** A larger one is let go. */
const maxKeptBytes = 4_194_304;

export interface BodyReader {
  /** `use` may look at the bytes only until it returns. */
  read<T>(response: Response, use: (bytes: Uint8Array) => T): Promise<T>;
}

export function bodyReader(): BodyReader {
  let spare: Uint8Array | undefined;
  return {
    async read(response, use) {
      // Who comes meanwhile has its own.
      let memory = spare ?? new Uint8Array(firstBytes);
      spare = undefined;
      let end = 0;
      for await (const chunk of response.body ?? []) {
        if (end + chunk.length > memory.length) {
          const larger = new Uint8Array(Math.max(end + chunk.length, memory.length * 2));
          larger.set(memory.subarray(0, end));
          memory = larger;
        }
        memory.set(chunk, end);
        end += chunk.length;
      }
      try {
        return use(memory.subarray(0, end));
      } finally {
        if (memory.length <= maxKeptBytes) spare = memory;
      }
    },
  };
}
