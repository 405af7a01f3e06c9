/**
 * The body of a reply in one piece, in memory that is used again for the next: a page is a megabyte, and the collector would run several times a list
 * for buffers that live for a moment each.
 */

const firstBytes = 65_536;
/** A larger one is let go. */
const maxKeptBytes = 4_194_304;

export interface Body {
  add(piece: Uint8Array): void;
  /** `use` may look at the bytes only until it returns. Once. */
  read<T>(use: (bytes: Uint8Array) => T): T;
}

/** Makes bodies. Who is read while another is has memory of its own. */
export function bodies(): () => Body {
  let spare: Uint8Array | undefined;
  return () => {
    let memory = spare ?? new Uint8Array(firstBytes);
    spare = undefined;
    let end = 0;
    return {
      add(piece) {
        if (end + piece.length > memory.length) {
          const larger = new Uint8Array(Math.max(end + piece.length, memory.length * 2));
          larger.set(memory.subarray(0, end));
          memory = larger;
        }
        memory.set(piece, end);
        end += piece.length;
      },
      read(use) {
        try {
          return use(memory.subarray(0, end));
        } finally {
          if (memory.length <= maxKeptBytes) spare = memory;
        }
      },
    };
  };
}
