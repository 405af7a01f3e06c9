/**
 * The expressions of admission: which variables they may read, and what is wrong with them before anything is asked. `object` and its like are dyn:
 * one policy may be for many kinds. Where they run: control-plane/src/admission/validating-admission-policy.
 */
import type { JSONSchemaProps } from '../apiextensions/json-schema-props.ts';
import { type Compiled, compile, type Program } from '../cel/compile.ts';
import { plainNames, typeOf } from '../cel/json-values.ts';
import { authorizerTypes } from '../cel/library/authorizer.ts';
import { BOOL, type CelType, DYN, NULL, objectOf, STRING } from '../cel/types.ts';
import type { FieldError } from '../resource.ts';
import { invalid } from '../validation/errors.ts';

const text: JSONSchemaProps = { type: 'string' };
const object = (properties: Record<string, JSONSchemaProps>): JSONSchemaProps => ({ type: 'object', properties });
const kind = object({ group: text, version: text, kind: text });
const resource = object({ group: text, version: text, resource: text });
const texts: JSONSchemaProps = { type: 'array', items: text };

/** `request`: what an AdmissionReview says of the request, without its uid and objects. */
export const requestSchema = plainNames(
  object({
    kind,
    resource,
    subResource: text,
    requestKind: kind,
    requestResource: resource,
    requestSubResource: text,
    name: text,
    namespace: text,
    operation: text,
    userInfo: object({ username: text, uid: text, groups: texts, extra: { type: 'object', additionalProperties: texts } }),
    dryRun: { type: 'boolean' },
    options: { 'x-kubernetes-int-or-string': true },
  }),
);

const opaque = (name: string): CelType => ({ kind: 'opaque', name });

export interface Environment {
  readonly params?: boolean;
  /** What `object` and `oldObject`, and what `params` are; dyn by default. */
  readonly object?: CelType;
  readonly param?: CelType;
  readonly namespace?: boolean;
  /** Types of `variables`, in their order. */
  readonly variables?: ReadonlyMap<string, CelType>;
}

const variablesOf = ({ params, namespace, variables, object: own = DYN, param = DYN }: Environment): ReadonlyMap<string, CelType> =>
  new Map([
    ['object', own],
    ['oldObject', own],
    ['request', typeOf(requestSchema, false)!],
    ['authorizer', opaque(authorizerTypes.authorizer)],
    ['authorizer.requestResource', opaque(authorizerTypes.requestResource)],
    ...(params ? [['params', param] as const] : []),
    ...(namespace ? [['namespaceObject', DYN] as const] : []),
    ...(variables ? [['variables', objectOf('kubernetes.variables', variables)] as const] : []),
  ]);

const wanted = {
  bool: { types: [BOOL], words: 'must evaluate to bool' },
  string: { types: [STRING], words: 'must evaluate to string' },
  note: { types: [STRING, NULL], words: 'must evaluate to one of [string null_type]' },
  any: { types: undefined, words: '' },
} as const;

export type Result = keyof typeof wanted;

/** `error`: upstream's text for a client. */
export const compileAdmission = (expression: string, result: Result, environment: Environment): Compiled => {
  const compiled = compile(expression.trim(), variablesOf(environment));
  if ('error' in compiled) return { error: `compilation failed: ${compiled.error}` };
  const { types, words } = wanted[result];
  const { type } = compiled.program;
  // a note may be dyn: what it is shows when it is had
  if (!types || (types as readonly CelType[]).includes(type) || (result === 'note' && type === DYN)) return compiled;
  return { error: words };
};

export const expressionProblem = (at: string, expression: string, result: Result, environment: Environment): FieldError[] => {
  const compiled = compileAdmission(expression, result, environment);
  return 'error' in compiled ? [invalid(at, expression, compiled.error)] : [];
};

export interface Named {
  readonly name: string;
  readonly expression: string;
}

/** Each may read those before it. Types of those that do not compile are dyn. */
export const compileVariables = (
  list: readonly Named[],
  environment: Environment,
): {
  readonly types: ReadonlyMap<string, CelType>;
  readonly programs: ReadonlyMap<string, Program>;
  readonly errors: ReadonlyMap<number, string>;
} => {
  const types = new Map<string, CelType>();
  const programs = new Map<string, Program>();
  const errors = new Map<number, string>();
  for (const [i, { name, expression }] of list.entries()) {
    const compiled = compileAdmission(expression, 'any', { ...environment, variables: new Map(types) });
    if ('error' in compiled) errors.set(i, compiled.error);
    else programs.set(name, compiled.program);
    types.set(name, 'program' in compiled ? compiled.program.type : DYN);
  }
  return { types, programs, errors };
};
