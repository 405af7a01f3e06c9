/** How much may still be sent: senders wait in the order they came until the reader has granted their turn. One frame may overdraw. */
export interface SendWindow {
  /** Undefined: at once. */
  take(bytes: number): Promise<void> | undefined;
  granted(bytes: number): void;
  /** Nothing more may be sent before more is granted. */
  exhausted(): boolean;
  /** Nobody waits any more; what is sent then fails by itself. */
  end(): void;
}

export const createSendWindow = (window: number): SendWindow => {
  const waiting: { readonly bytes: number; readonly go: () => void }[] = [];
  let left = window;
  const next = (): void => {
    while (waiting.length > 0 && left > 0) {
      const { bytes, go } = waiting.shift()!;
      left -= bytes;
      go();
    }
  };
  return {
    take: (bytes) => {
      if (waiting.length > 0 || left <= 0) return new Promise((go) => waiting.push({ bytes, go }));
      left -= bytes;
      return undefined;
    },
    granted: (bytes) => {
      left = Math.min(window, left + bytes);
      next();
    },
    exhausted: () => left <= 0,
    end: () => {
      left = Number.POSITIVE_INFINITY;
      next();
    },
  };
};
