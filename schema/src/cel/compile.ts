/**
 * The port of CEL: `compile` gives a program or what is wrong with the text, a program gives a value or ends within its cost. Programs are
 * immutable and may be kept. Kubernetes' functions are known to all.
 * @see https://kubernetes.io/docs/reference/using-api/cel/
 */
import { check, type Environment } from './checker.ts';
import { Budget } from './errors.ts';
import { estimateCost } from './estimate.ts';
import { evaluate, type Variables } from './evaluate.ts';
import { CelSyntaxError, showIssues } from './issue.ts';
import { addresses } from './library/addresses.ts';
import { authorizer } from './library/authorizer.ts';
import { conversions } from './library/conversions.ts';
import { namedFormats } from './library/formats.ts';
import { lists, sets } from './library/lists.ts';
import { operators } from './library/operators.ts';
import { quantities } from './library/quantity.ts';
import { regex } from './library/regex.ts';
import { semvers } from './library/semver.ts';
import { strings } from './library/strings.ts';
import { times } from './library/times.ts';
import { urls } from './library/urls.ts';
import { type Functions, readLibraries } from './overloads.ts';
import { parse } from './parser.ts';
import type { Shape } from './shapes.ts';
import type { CelType } from './types.ts';
import type { Value } from './values.ts';

/** What one call may cost, in upstream's units. */
export const PER_CALL_LIMIT = 1_000_000;

export interface Program {
  /** What it gives, as far as it is known before. */
  readonly type: CelType;
  /** Variables that it reads. */
  readonly reads: ReadonlySet<string>;
  /** What one run may cost at most, in upstream's terms; `variables` says how large they may be. */
  maxCost(variables: (name: string) => Shape | undefined): number;
  /** @throws CelError, CostLimitError */
  run(variables: Variables, limit?: number): { readonly value: Value; readonly cost: number };
}

export type Compiled = { readonly program: Program } | { readonly error: string };

let functions: Functions | undefined;

/** Made when the first expression comes. */
const allFunctions = (): Functions => {
  functions ??= readLibraries([
    ...[operators, conversions, times, strings, lists, sets, regex],
    ...[urls, addresses, quantities, namedFormats, semvers, authorizer],
  ]);
  return functions;
};

/** `error` is as upstream shows it, with line, column and a mark; several are joined. */
export const compile = (source: string, variables: Environment['variables']): Compiled => {
  try {
    const node = parse(source);
    const checked = check(node, { variables, functions: allFunctions() });
    if (checked.issues.length > 0) return { error: showIssues(source, checked.issues) };
    return {
      program: {
        type: checked.type,
        reads: checked.reads,
        maxCost: (shapes) => estimateCost(node, checked, shapes).max,
        run: (values, limit = PER_CALL_LIMIT) => {
          const budget = new Budget(limit);
          const value = evaluate(node, checked, values, budget);
          return { value, cost: budget.spent };
        },
      },
    };
  } catch (error) {
    if (error instanceof CelSyntaxError) return { error: showIssues(source, [{ pos: error.pos, message: error.message }]) };
    throw error;
  }
};
