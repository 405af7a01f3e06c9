/**
 * `x-kubernetes-validations`: the rules of a schema against a value, in upstream's words. All rules of one object share a budget. A rule that reads
 * oldSelf is a transition rule: it runs where there is an old value that is surely the same place. What was wrong before and did not change passes.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
 */
import type { JSONSchemaProps, ValidationRule } from '../apiextensions/json-schema-props.ts';
import { type Compiled, compile, PER_CALL_LIMIT, type Program } from '../cel/compile.ts';
import { CelError, CostLimitError } from '../cel/errors.ts';
import { isWhole, toValue, typeOf } from '../cel/json-values.ts';
import { BOOL, optionalOf, STRING } from '../cel/types.ts';
import { Optional, type Value } from '../cel/values.ts';
import { equalJson, getOwn, isObject } from '../dsl/own.ts';
import type { FieldError } from '../resource.ts';
import { duplicate, forbidden, invalid, required } from '../validation/errors.ts';
import { correlatedItems, isCorrelatable } from './correlation.ts';

/** What the rules of one object may cost together. */
const OBJECT_LIMIT = 10_000_000;
const MAX_ERRORS = 100;
const MAX_MESSAGE = 5_120;

export interface CompiledRule {
  readonly rule: ValidationRule;
  readonly program: Compiled;
  readonly message: Compiled | undefined;
}

const known = new WeakMap<JSONSchemaProps, readonly CompiledRule[]>();

/**
 * `whole`: the schema of a whole object, whose name and type rules may read. `node`: the schema that gives the type, where `schema` is one of its allOf.
 * Compiled once.
 */
export const compiledRules = (schema: JSONSchemaProps, whole: boolean, node: JSONSchemaProps = schema): readonly CompiledRule[] => {
  let found = known.get(schema);
  if (!found) {
    found = (schema['x-kubernetes-validations'] ?? []).map((rule) => compileRule(rule, node, whole));
    known.set(schema, found);
  }
  return found;
};

const compileRule = (rule: ValidationRule, schema: JSONSchemaProps, whole: boolean): CompiledRule => {
  const self = typeOf(schema, whole);
  if (!self) return { rule, program: { error: 'the schema has no type' }, message: undefined };
  const variables = new Map([
    ['self', self],
    ['oldSelf', rule.optionalOldSelf ? optionalOf(self) : self],
  ]);
  return {
    rule,
    program: typed(compile(rule.rule, variables), BOOL, 'cel expression must evaluate to a bool'),
    message: rule.messageExpression
      ? typed(compile(rule.messageExpression, variables), STRING, 'messageExpression must evaluate to a string')
      : undefined,
  };
};

const typed = (compiled: Compiled, type: unknown, problem: string): Compiled =>
  'program' in compiled && compiled.program.type !== type ? { error: problem } : compiled;

const reaching = new WeakMap<JSONSchemaProps, boolean>();

const below = (schema: JSONSchemaProps): JSONSchemaProps[] =>
  [...Object.values(schema.properties ?? {}), schema.items, schema.additionalProperties, ...(schema.allOf ?? [])].filter(
    (one): one is JSONSchemaProps => isObject(one),
  );

/** Whether the schema or one below it has rules. */
export const reachesRules = (schema: JSONSchemaProps): boolean => {
  let found = reaching.get(schema);
  if (found === undefined) {
    found = (schema['x-kubernetes-validations']?.length ?? 0) > 0 || below(schema).some(reachesRules);
    reaching.set(schema, found);
  }
  return found;
};

interface Place {
  readonly at: string;
  /** The old value of this very place; undefined: there is none, or none that is surely the same. */
  readonly old: unknown;
  /** This value, or one around it, is as it was. */
  readonly unchanged: boolean;
  readonly whole: boolean;
  /** The schema that gives the type: schemas in allOf have none. */
  readonly node: JSONSchemaProps;
}

const inside = (schema: JSONSchemaProps, name: string): JSONSchemaProps | undefined => {
  const under = getOwn(schema.properties, name) ?? schema.additionalProperties;
  return isObject(under) ? (under as JSONSchemaProps) : undefined;
};

/**
 * Empty when all rules hold. The value must fit the schema otherwise. `limit`: what all may cost together. `whole`: whether the schema is that of a whole
 * object, whose name and type rules may read.
 */
export const checkRules = (
  schema: JSONSchemaProps,
  value: unknown,
  old: unknown,
  { limit = OBJECT_LIMIT, whole = true }: { readonly limit?: number; readonly whole?: boolean } = {},
): FieldError[] => {
  if (!reachesRules(schema)) return [];
  const run = new Run(limit);
  run.check(schema, value, { at: '', old, unchanged: old !== undefined && equalJson(value, old), whole, node: schema });
  return run.errors;
};

class Run {
  readonly errors: FieldError[] = [];
  #left: number;
  #over = false;

  constructor(limit: number) {
    this.#left = limit;
  }

  check(schema: JSONSchemaProps, value: unknown, place: Place): void {
    if (this.#over || this.errors.length >= MAX_ERRORS || value === null || value === undefined || !reachesRules(schema)) return;
    this.#rules(schema, value, place);
    for (const one of schema.allOf ?? []) this.check(one, value, place);
    if (Array.isArray(value)) this.#items(schema, value, place);
    else if (isObject(value)) this.#properties(schema, value, place);
  }

  #items(schema: JSONSchemaProps, value: readonly unknown[], place: Place): void {
    if (!isObject(schema.items)) return;
    const items = schema.items as JSONSchemaProps;
    const node = isObject(place.node.items) ? (place.node.items as JSONSchemaProps) : items;
    const olds = correlatedItems(place.node, value, place.old);
    for (const [i, item] of value.entries()) this.#inside(items, item, { ...place, node, old: olds?.[i], at: `${place.at}[${i}]` });
  }

  #properties(schema: JSONSchemaProps, value: Record<string, unknown>, place: Place): void {
    const olds = isCorrelatable(place.node) && isObject(place.old) ? place.old : undefined;
    for (const name of Object.keys(value)) {
      const under = inside(schema, name);
      if (!under) continue;
      const named = isObject(getOwn(place.node.properties, name));
      const at = !named ? `${place.at}[${name}]` : place.at === '' ? name : `${place.at}.${name}`;
      this.#inside(under, value[name], { ...place, node: inside(place.node, name) ?? under, old: getOwn(olds, name), at });
    }
  }

  #inside(schema: JSONSchemaProps, value: unknown, place: Place): void {
    const { old, node } = place;
    const unchanged = place.unchanged || (old !== undefined && equalJson(value, old));
    this.check(schema, value, { ...place, unchanged, whole: isWhole(node) });
  }

  #rules(schema: JSONSchemaProps, value: unknown, { at, old, unchanged, whole, node }: Place): void {
    const rules = compiledRules(schema, whole, node);
    if (rules.length === 0) return;
    const path = at === '' ? '<nil>' : at;
    const self = toValue(value, node, whole);
    const oldSelf = old === undefined || old === null ? undefined : toValue(old, node, whole);
    for (const { rule, program, message } of rules) {
      if (this.#over) return;
      const say = (detail: string) => this.errors.push(invalid(path, node.type ?? '', detail));
      if ('error' in program) {
        say(`rule compile error: compilation failed: ${program.error}`);
        continue;
      }
      const transition = program.program.reads.has('oldSelf');
      if (transition && oldSelf === undefined && !rule.optionalOldSelf) continue;
      const variables = (name: string): Value | undefined => {
        if (name === 'self') return self;
        return rule.optionalOldSelf ? (oldSelf === undefined ? Optional.none : new Optional(oldSelf)) : oldSelf;
      };
      const result = this.#run(program.program, variables, rule, say);
      if (result !== false || (unchanged && !transition)) continue;
      const detail = (message && 'program' in message && this.#message(message.program, variables)) || messageOf(rule);
      this.errors.push(errorOf(rule, fieldOf(path, rule.fieldPath), node.type ?? '', detail));
    }
  }

  #run(
    program: Program,
    variables: (name: string) => Value | undefined,
    rule: ValidationRule,
    say: (detail: string) => void,
  ): Value | undefined {
    try {
      const { value, cost } = program.run(variables);
      this.#left -= cost;
      if (this.#left >= 0) return value;
      this.#over = true;
      say('validation failed due to running out of cost budget, no further validation rules will be run');
    } catch (error) {
      const { message } = error as CelError | CostLimitError;
      if (error instanceof CostLimitError) {
        this.#over = true;
        say(`'${message}': no further validation rules will be run due to call cost exceeds limit for rule: ${shown(rule)}`);
      } else if (!(error instanceof CelError)) throw error;
      else if (message.startsWith('no such overload')) {
        say(`'${message}': call arguments did not match a supported operator, function or macro signature for rule: ${shown(rule)}`);
      } else say(`${message} evaluating rule: ${shown(rule)}`);
      this.#left -= error instanceof CostLimitError ? PER_CALL_LIMIT : 0;
    }
    return undefined;
  }

  /** undefined: it cannot be had; the rule's own message will do. */
  #message(program: Program, variables: (name: string) => Value | undefined): string | undefined {
    try {
      const { value, cost } = program.run(variables, Math.min(PER_CALL_LIMIT, Math.max(this.#left, 0)));
      this.#left -= cost;
      const text = typeof value === 'string' ? value.trim() : '';
      return text === '' || text.includes('\n') || text.length > MAX_MESSAGE ? undefined : text;
    } catch (error) {
      if (error instanceof CelError || error instanceof CostLimitError) return undefined;
      throw error;
    }
  }
}

const shown = ({ rule, message }: ValidationRule): string => (message ?? '').trim() || rule.trim();
const messageOf = (rule: ValidationRule): string => (rule.message ?? '').trim() || `failed rule: ${rule.rule.trim()}`;

/** `fieldPath` is checked when the schema is written. */
const fieldOf = (path: string, fieldPath: string | undefined): string => {
  if (!fieldPath) return path;
  const below = fieldPath.replace(/\['([^']*)'\]/g, '.$1').replace(/^\./, '');
  return path === '<nil>' ? below : `${path}.${below}`;
};

const errorOf = ({ reason }: ValidationRule, field: string, type: string, detail: string): FieldError => {
  switch (reason) {
    case 'FieldValueForbidden':
      return forbidden(field, detail);
    case 'FieldValueRequired':
      return required(field, detail);
    case 'FieldValueDuplicate':
      return { ...duplicate(field, type), detail };
    default:
      return invalid(field, type, detail);
  }
};
