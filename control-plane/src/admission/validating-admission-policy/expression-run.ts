/**
 * One policy's or webhook's expressions on one request: values of the variables, made when they are read, and what all may cost together.
 */
import { requestSchema } from '#schema/admissionregistration/expressions.ts';
import { type Compiled, PER_CALL_LIMIT, type Program } from '#schema/cel/compile.ts';
import { CelError, CostLimitError } from '#schema/cel/errors.ts';
import { toValue } from '#schema/cel/json-values.ts';
import { type Authorize, authorizerOf, requestResourceOf } from '#schema/cel/library/authorizer.ts';
import { CelMap, type Value } from '#schema/cel/values.ts';

/** What the expressions of one policy may cost together for one request. */
const POLICY_LIMIT = 10_000_000;
const OUT_OF_BUDGET = 'validation failed due to running out of cost budget, no further validation rules will be run';

export interface Given {
  /** Of a review: its object and oldObject too. */
  readonly request: Readonly<Record<string, unknown>>;
  readonly authorize: Authorize;
  readonly namespaceObject?: unknown;
  readonly params?: unknown;
  readonly variables?: ReadonlyMap<string, Program>;
}

export type Outcome = { readonly value: Value } | { readonly error: string };

/** `variables`: each is evaluated when it is first read; one that fails fails whoever reads it. */
class LazyVariables extends CelMap {
  readonly #programs: ReadonlyMap<string, Program>;
  readonly #run: (program: Program) => Value;
  readonly #made = new Map<string, Value | CelError>();
  constructor(programs: ReadonlyMap<string, Program>, run: (program: Program) => Value) {
    super();
    this.#programs = programs;
    this.#run = run;
  }
  get size(): number {
    return this.#programs.size;
  }
  keys(): readonly Value[] {
    return [...this.#programs.keys()];
  }
  get(key: Value): Value | undefined {
    if (typeof key !== 'string') return undefined;
    const program = this.#programs.get(key);
    if (!program) return undefined;
    let made = this.#made.get(key);
    if (made === undefined) {
      try {
        made = this.#run(program);
      } catch (error) {
        if (!(error instanceof CelError)) throw error;
        made = new CelError(`composited variable "${key}" fails to evaluate: ${error.message}`);
      }
      this.#made.set(key, made);
    }
    if (made instanceof CelError) throw made;
    return made;
  }
}

export class ExpressionRun {
  readonly #given: Given;
  readonly #values = new Map<string, Value>();
  #left = POLICY_LIMIT;

  constructor(given: Given) {
    this.#given = given;
  }

  /** Nothing runs any more. */
  get isSpent(): boolean {
    return this.#left <= 0;
  }

  outcome({ expression, compiled }: { readonly expression: string; readonly compiled: Compiled }): Outcome {
    if ('error' in compiled) return { error: `compilation error: ${compiled.error}` };
    if (this.isSpent) return { error: OUT_OF_BUDGET };
    try {
      return { value: this.#run(compiled.program) };
    } catch (error) {
      if (!(error instanceof CelError) && !(error instanceof CostLimitError)) throw error;
      return { error: `expression '${expression}' resulted in error: ${error.message}` };
    }
  }

  #run(program: Program): Value {
    const limit = Math.min(PER_CALL_LIMIT, this.#left);
    try {
      const { value, cost } = program.run((name) => this.#variable(name), limit);
      this.#left -= cost;
      return value;
    } catch (error) {
      // what an expression that failed cost is not known: at most this
      if (error instanceof CostLimitError) this.#left -= limit;
      throw error;
    }
  }

  #variable(name: string): Value | undefined {
    let value = this.#values.get(name);
    if (value === undefined) {
      value = this.#make(name);
      if (value !== undefined) this.#values.set(name, value);
    }
    return value;
  }

  #make(name: string): Value | undefined {
    const { request, authorize, namespaceObject, params, variables } = this.#given;
    switch (name) {
      case 'object':
        return toValue(request.object);
      case 'oldObject':
        return toValue(request.oldObject);
      case 'request':
        return toValue(request, requestSchema);
      case 'namespaceObject':
        return toValue(namespaceObject);
      case 'params':
        return toValue(params);
      case 'variables':
        return new LazyVariables(variables ?? new Map(), (program) => this.#run(program));
      case 'authorizer':
        return authorizerOf(authorize);
      case 'authorizer.requestResource':
        return requestResourceOf(authorize, targetOf(request));
      default:
        return undefined;
    }
  }
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const targetOf = (request: Readonly<Record<string, unknown>>) => {
  const { group, resource } = request.resource as { group: string; resource: string };
  return { group, resource, subresource: text(request.subResource), namespace: text(request.namespace), name: text(request.name) };
};
