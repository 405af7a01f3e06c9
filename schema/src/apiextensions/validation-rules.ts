/**
 * Whether the rules of a schema can be used: they compile, give what they must, read oldSelf only where the old value can be found, and name fields that
 * are there; and that they cannot cost more than their budget (rule-costs.ts). Paths and wording are upstream's.
 */
import { typeOf } from '../cel/json-values.ts';
import { isCorrelatable } from '../custom/correlation.ts';
import { compiledRules } from '../custom/rules.ts';
import { getOwn, isObject } from '../dsl/own.ts';
import type { FieldError } from '../resource.ts';
import { invalid, notSupported, required } from '../validation/errors.ts';
import type { JSONSchemaProps, ValidationRule } from './json-schema-props.ts';
import { type Cardinality, cardinalityOfItems, cardinalityOfValues, RuleCosts } from './rule-costs.ts';

const MAX_ERRORS = 100;
const MAX_MESSAGE = 2_048;
const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];

interface Place {
  readonly at: string;
  readonly whole: boolean;
  /** The path of the list or map above that has no lasting places; undefined: old values can be found. */
  readonly uncorrelatable: string | undefined;
  /** The schema that gives the type: schemas in allOf have none. */
  readonly node: JSONSchemaProps;
  readonly cardinality: Cardinality;
}

interface Found {
  readonly errors: FieldError[];
  readonly costs: RuleCosts;
}

/** Of a schema that is structural. `known`: it was taken before, so what its rules cost is not asked again. */
export const validateValidationRules = (schema: JSONSchemaProps, at: string, { known = false } = {}): FieldError[] => {
  const found: Found = { errors: [], costs: new RuleCosts() };
  walk(found, schema, { at, whole: true, uncorrelatable: undefined, node: schema, cardinality: 1 });
  return known ? found.errors : [...found.errors, ...found.costs.total(at)];
};

const walk = (found: Found, schema: JSONSchemaProps, place: Place): void => {
  if (found.errors.length + found.costs.errors.length >= MAX_ERRORS) return;
  const { at } = place;
  check(found, schema, place);
  const { node } = place;
  const inside = (
    child: unknown,
    type: unknown,
    path: string,
    { correlatable, cardinality }: Pick<Place, 'cardinality'> & { correlatable: boolean },
  ) => {
    if (!isObject(child)) return;
    const under = (isObject(type) ? type : child) as JSONSchemaProps;
    const uncorrelatable = place.uncorrelatable ?? (correlatable ? undefined : at);
    const whole = under['x-kubernetes-embedded-resource'] === true;
    walk(found, child as JSONSchemaProps, { at: path, whole, uncorrelatable, node: under, cardinality });
  };
  for (const [name, child] of Object.entries(schema.properties ?? {})) {
    inside(child, getOwn(node.properties, name), `${at}.properties[${name}]`, {
      correlatable: isCorrelatable(node),
      cardinality: place.cardinality,
    });
  }
  inside(schema.additionalProperties, node.additionalProperties, `${at}.additionalProperties`, {
    correlatable: isCorrelatable(node),
    cardinality: cardinalityOfValues(node, place.cardinality),
  });
  inside(schema.items, node.items, `${at}.items`, {
    correlatable: node['x-kubernetes-list-type'] === 'map',
    cardinality: cardinalityOfItems(node, place.cardinality),
  });
  for (const [i, one] of (schema.allOf ?? []).entries()) walk(found, one, { ...place, at: `${at}.allOf[${i}]` });
};

/** A rule as upstream prints it. */
const printed = ({ rule, message = '', messageExpression = '', reason, fieldPath = '', optionalOldSelf }: ValidationRule) => ({
  Rule: rule,
  Message: message,
  MessageExpression: messageExpression,
  Reason: reason ?? null,
  FieldPath: fieldPath,
  OptionalOldSelf: optionalOldSelf ?? null,
});

const check = ({ errors, costs }: Found, schema: JSONSchemaProps, { at, whole, uncorrelatable, node, cardinality }: Place): void => {
  const rules = schema['x-kubernetes-validations'] ?? [];
  if (rules.length === 0) return;
  if (!typeOf(node, whole)) {
    errors.push(invalid(`${at}.x-kubernetes-validations`, '', 'rules cannot be used on a schema without a type'));
    return;
  }
  for (const [i, { rule, program, message }] of compiledRules(schema, whole, node).entries()) {
    const path = `${at}.x-kubernetes-validations[${i}]`;
    checkTexts(errors, rule, path, node);
    if (rule.rule.trim() === '') continue;
    if ('error' in program) {
      errors.push(invalid(`${path}.rule`, printed(rule), withPrefix(program.error)));
      continue;
    }
    costs.add(
      path,
      {
        rule: program.program,
        message: message && 'program' in message ? message.program : undefined,
        optionalOldSelf: rule.optionalOldSelf,
      },
      { node, whole, cardinality },
    );
    const readsOld = program.program.reads.has('oldSelf');
    if (readsOld && uncorrelatable !== undefined) {
      const problem = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`;
      errors.push(invalid(`${path}.rule`, rule.rule, problem));
    }
    if (rule.optionalOldSelf && !readsOld) {
      errors.push(invalid(`${path}.optionalOldSelf`, true, 'may not be set if oldSelf is not used in rule'));
    }
    if (message && 'error' in message) errors.push(invalid(`${path}.messageExpression`, printed(rule), withPrefix(message.error)));
  }
};

const withPrefix = (error: string): string => (error.startsWith('ERROR:') ? `compilation failed: ${error}` : error);

const checkTexts = (errors: FieldError[], rule: ValidationRule, at: string, schema: JSONSchemaProps): void => {
  const { message, messageExpression, reason, fieldPath } = rule;
  if (rule.rule.trim() === '') errors.push(required(`${at}.rule`, 'rule is not specified'));
  if (message !== undefined && message !== '') {
    if (message.trim() === '') errors.push(invalid(`${at}.message`, message, 'message must be non-empty if specified'));
    else if (message.trim().includes('\n')) errors.push(invalid(`${at}.message`, message, 'message must not contain line breaks'));
    else if (message.length > MAX_MESSAGE) errors.push(invalid(`${at}.message`, '', `message must have at most ${MAX_MESSAGE} characters`));
  } else if (rule.rule.trim().includes('\n') && !messageExpression) {
    errors.push(required(`${at}.message`, 'message must be specified if rule contains line breaks'));
  }
  if (messageExpression !== undefined && messageExpression !== '' && messageExpression.trim() === '') {
    errors.push(required(`${at}.messageExpression`, 'messageExpression must be non-empty if specified'));
  }
  if (reason !== undefined && !reasons.includes(reason)) errors.push(notSupported(`${at}.reason`, reason, reasons));
  const problem = fieldPath ? fieldPathProblem(fieldPath, schema) : undefined;
  if (problem) errors.push(invalid(`${at}.fieldPath`, fieldPath, `fieldPath must be a valid path: ${problem}`));
};

/** Why a path such as `.spec['a.b']` leads to no field of the schema. */
const fieldPathProblem = (path: string, schema: JSONSchemaProps): string | undefined => {
  const step = /\.([^.[\]']+)|\['((?:[^'\\]|\\.)*)'\]/y;
  let at: JSONSchemaProps = schema;
  while (step.lastIndex < path.length) {
    const found = step.exec(path);
    if (!found) return 'expected [ or .';
    const name = found[1] ?? found[2]!.replace(/\\(.)/g, '$1');
    const own = getOwn(at.properties, name);
    const next = own ?? (at.properties ? undefined : at.additionalProperties);
    if (!isObject(next)) return 'does not refer to a valid field';
    at = next as JSONSchemaProps;
  }
  return undefined;
};
