/** How evaluation ends early. Messages are upstream's: callers tell some of them apart by their beginning. */

/**
 * A value error: `no such key: x`. `&&`, `||`, all and exists may swallow it. No Error, whose stack would cost a hundred steps each time: a loop may meet
 * one for every item.
 */
export class CelError {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

/** The expression cost too much. Nothing swallows it. */
export class CostLimitError extends Error {
  override readonly name = 'CostLimitError';
  constructor() {
    super('operation cancelled: actual cost limit exceeded');
  }
}

export const noSuchOverload = (): CelError => new CelError('no such overload');
export const noSuchKey = (key: string): CelError => new CelError(`no such key: ${key}`);

/**
 * What one evaluation may cost. A unit is about one step of the evaluator, a tenth of a unit one character of text that is read or made; so time and
 * memory are bounded by the limit.
 */
export class Budget {
  readonly #limit: number;
  #spent = 0;
  constructor(limit: number) {
    this.#limit = limit;
  }
  get spent(): number {
    return Math.ceil(this.#spent);
  }
  /** @throws CostLimitError */
  spend(units: number): void {
    this.#spent += units;
    if (this.#spent > this.#limit) throw new CostLimitError();
  }
  text(length: number): void {
    this.spend(length * 0.1);
  }
}
