/** At most `max` at once; the others wait in order. */
export type Limit = <T>(run: () => Promise<T>) => Promise<T>;

export const createLimit = (max: number): Limit => {
  let active = 0;
  const waiting: (() => void)[] = [];
  return async (run) => {
    if (active >= max) await new Promise<void>((resolve) => waiting.push(resolve));
    else active++;
    try {
      return await run();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else active--;
    }
  };
};
