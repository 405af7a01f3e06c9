/** Progress for a person: one line a finished step with the time it took, and a sign of life while a step takes long. */
const signOfLifeMs = 3_000;

export interface Step {
  done(text: string): void;
}

export interface Progress {
  /** A step that is over already. */
  done(text: string): void;
  start(text: string): Step;
}

/** `now` in ms, of any origin. */
export const createProgress = (print: (line: string) => void, now: () => number): Progress => ({
  done: (text) => print(`  ✓ ${text}`),
  start: (text) => {
    const from = now();
    const seconds = () => ((now() - from) / 1000).toFixed(1);
    const timer = setInterval(() => print(`  … ${text}, ${seconds()} s`), signOfLifeMs);
    timer.unref();
    return {
      done: (result) => {
        clearInterval(timer);
        print(`  ✓ ${result} (${seconds()} s)`);
      },
    };
  },
});
