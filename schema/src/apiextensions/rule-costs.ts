/**
 * What the rules of a schema may cost together at the largest object there can be: a rule that cannot stay within its budget is refused when it is written,
 * not when somebody's object runs into it. Each rule counts as often as the place it stands at can be there. Limits and wording are upstream's.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#resource-use-by-validation-functions
 */
import type { Program } from '../cel/compile.ts';
import { exactly, times, UNBOUNDED, upTo } from '../cel/cost-range.ts';
import { maxInRequest, type Shape, shapeOf } from '../cel/shapes.ts';
import { isObject } from '../dsl/own.ts';
import type { FieldError } from '../resource.ts';
import { forbidden } from '../validation/errors.ts';
import type { JSONSchemaProps } from './json-schema-props.ts';

const RULE_LIMIT = 10_000_000;
const SCHEMA_LIMIT = 100_000_000;
/** Rules that are named when all together cost too much. */
const NAMED = 4;

/** How many of the places a schema describes there can be; undefined: as many as fit into a request. */
export type Cardinality = number | undefined;

const within = (cardinality: Cardinality, most: number | undefined): Cardinality =>
  cardinality === undefined || most === undefined ? undefined : cardinality * Math.max(0, most);

/** Of the items of a list, the values of a map. */
export const cardinalityOfItems = (schema: JSONSchemaProps, cardinality: Cardinality): Cardinality => within(cardinality, schema.maxItems);
export const cardinalityOfValues = (schema: JSONSchemaProps, cardinality: Cardinality): Cardinality =>
  isObject(schema.additionalProperties) ? within(cardinality, schema.maxProperties) : cardinality;

const advice = 'try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared';

export const overBudget = (what: string, cost: number, limit: number): string => {
  const factor = cost / limit;
  const shown = factor > 100 ? 'more than 100x' : factor < 1.5 ? `${factor.toFixed(6)}x` : `${factor.toFixed(1)}x`;
  return `${what} exceeds budget by factor of ${shown} (${advice})`;
};

const multiplied = (a: number, b: number): number => times(exactly(a), exactly(b)).max;

/** Sums up what one schema's rules cost. */
export class RuleCosts {
  readonly errors: FieldError[] = [];
  readonly #all: { readonly at: string; readonly cost: number }[] = [];

  /** A rule and its message. `at` is the path of the rule. */
  add(
    at: string,
    { rule, message, optionalOldSelf = false }: { rule: Program; message: Program | undefined; optionalOldSelf?: boolean | undefined },
    { node, whole, cardinality }: { readonly node: JSONSchemaProps; readonly whole: boolean; readonly cardinality: Cardinality },
  ): void {
    const self = shapeOf(node, whole);
    const variables = (name: string): Shape | undefined => {
      if (name === 'self') return self;
      return name === 'oldSelf' && optionalOldSelf ? { size: upTo(1), item: self } : self;
    };
    const cost = multiplied(rule.maxCost(variables), cardinality ?? maxInRequest(node));
    this.#observe(`${at}.rule`, cost, 'estimated rule cost');
    if (message) this.#observe(`${at}.messageExpression`, message.maxCost(variables), 'estimated messageExpression cost');
  }

  #observe(at: string, cost: number, what: string): void {
    this.#all.push({ at, cost });
    if (cost > RULE_LIMIT) this.errors.push(forbidden(at, overBudget(what, cost, RULE_LIMIT)));
  }

  /** `at`: the path of the schema. */
  total(at: string): FieldError[] {
    const total = Math.min(
      UNBOUNDED,
      this.#all.reduce((sum, { cost }) => sum + cost, 0),
    );
    if (total <= SCHEMA_LIMIT) return this.errors;
    const dearest = [...this.#all].sort((a, b) => b.cost - a.cost).slice(0, NAMED);
    return [
      ...this.errors,
      ...dearest.map((one) =>
        forbidden(one.at, 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema'),
      ),
      forbidden(at, overBudget('estimated rule cost total for entire OpenAPIv3 schema', total, SCHEMA_LIMIT)),
    ];
  }
}
