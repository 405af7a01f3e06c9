/**
 * Conversion between versions is a plain function everywhere, and a custom resource may need a webhook for it. So a version that is not known yet is
 * thrown as `Unconverted`; whoever can wait does so with `converting`, which asks the webhook, keeps the answer, and begins the work again.
 */
export class Unconverted extends Error {
  override readonly name = 'Unconverted';
  readonly #convert: () => Promise<void>;

  constructor(convert: () => Promise<void>) {
    super('an object must be converted first');
    this.#convert = convert;
  }

  /** Afterwards the same conversion is known. @throws ApiError in the words of Kubernetes */
  convert(): Promise<void> {
    return this.#convert();
  }
}

/** One piece of work needs a handful of objects and versions; more is an answer that does not stay. */
const maxTries = 64;

/** `work` may run several times: it must change nothing before it is through. */
export const converting = async <T>(work: () => T | Promise<T>): Promise<T> => {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Unconverted) || tries === maxTries) throw error;
      await error.convert();
    }
  }
};
