/**
 * From any JSON value to the normal form of a struct: unknown fields pruned and named, types checked, `null` and the zero values of optional
 * non-pointer fields dropped (as a round trip through Go does), quantities, times and durations in canonical text. The result shares
 * nothing with the input. Safe for hostile input: recursion follows the schema and is bounded, `__proto__` is an ordinary map key.
 */
import type { FieldError } from '../resource.ts';
import { typeInvalid } from '../validation/errors.ts';
import type { FieldType, Struct } from './field.ts';
import { isObject, type JsonObject, setOwn } from './own.ts';
import { goName, planOf, shortName } from './plan.ts';
import { decodeScalar, isZeroScalar, jsonTypeWord, ScalarError, zeroOf } from './scalar.ts';

export interface DecodeOptions {
  /** Kubernetes path of the value in a larger object. Default '': the value is a whole object, and `apiVersion` and `kind` are kept. */
  readonly path?: string;
  /** Whether unknown fields are collected (fieldValidation Strict and Warn). Default true. They are pruned either way. */
  readonly strict?: boolean;
  /** Deepest nesting. Default 512. */
  readonly maxDepth?: number;
  /** A whole object in normal form that `value` was made from: what still is the very same in the same place is not looked at again, and shared. */
  readonly known?: unknown;
}

export interface Decoded<T = any> {
  readonly value: T;
  /** Such as `unknown field "spec.containers[0].foo"`, in order of appearance. */
  readonly unknownFields: string[];
  /** Type errors; `detail` has the wording of Go's JSON decoder. A wrong value is left out of `value`. */
  readonly errors: FieldError[];
}

/** At most this many unknown fields and errors are collected: a hostile body must not make a huge reply. */
const MAX_REPORTED = 1000;

interface Context {
  /** Path steps from the root; a number is a list index, `[key]` a map key. */
  readonly steps: (string | number)[];
  readonly base: string;
  readonly strict: boolean;
  readonly maxDepth: number;
  readonly unknown: string[];
  readonly errors: FieldError[];
}

export const decode = <T = any>(struct: Struct<any>, value: unknown, options: DecodeOptions = {}): Decoded<T> => {
  if (struct.data) return struct.data.decode(value, { strict: options.strict ?? true, maxDepth: options.maxDepth ?? 512 });
  const context: Context = {
    steps: [],
    base: options.path ?? '',
    strict: options.strict ?? true,
    maxDepth: options.maxDepth ?? 512,
    unknown: [],
    errors: [],
  };
  const out = decodeStruct(context, struct, value, struct, options.known);
  return { value: (out ?? {}) as T, unknownFields: context.unknown, errors: context.errors };
};

const kubernetesPath = ({ base, steps }: Context): string => {
  let path = base;
  for (const step of steps) {
    if (typeof step === 'number') path += `[${step}]`;
    else path += path === '' || step.startsWith('[') ? step : `.${step}`;
  }
  return path;
};

/** Go names the innermost struct and the field names on the way, without indexes and map keys. */
const goPath = ({ base, steps }: Context): string =>
  [
    ...(base === '' ? [] : [base.replace(/\[[^\]]*\]/g, '')]),
    ...steps.filter((step) => typeof step === 'string' && !step.startsWith('[')),
  ].join('.');

const report = (
  context: Context,
  owner: Struct<any>,
  value: unknown,
  problem: string | { readonly go: string; readonly shown?: string },
): void => {
  if (context.errors.length >= MAX_REPORTED) return;
  let detail: string;
  if (typeof problem === 'string') detail = problem;
  else {
    const path = goPath(context);
    const target = path === '' ? 'Go value' : `Go struct field ${shortName(owner)}.${path}`;
    detail = `json: cannot unmarshal ${problem.shown ?? jsonTypeWord(value)} into ${target} of type ${problem.go}`;
  }
  context.errors.push(typeInvalid(kubernetesPath(context), value, detail));
};

const decodeStruct = (
  context: Context,
  struct: Struct<any>,
  value: unknown,
  owner: Struct<any>,
  origin?: unknown,
): JsonObject | undefined => {
  if (!isObject(value)) {
    if (value === null || value === undefined) return undefined;
    report(context, owner, value, { go: goName(struct) });
    return undefined;
  }
  const { steps } = context;
  if (steps.length > context.maxDepth) {
    report(context, owner, undefined, 'exceeded max depth');
    return undefined;
  }
  const { byName } = planOf(struct);
  const known = isObject(origin) ? origin : undefined;
  const out: JsonObject = {};
  const isRoot = steps.length === 0 && context.base === '';
  for (const name in value) {
    const item = value[name];
    const planned = byName.get(name);
    if (planned === undefined) {
      if (isRoot && (name === 'apiVersion' || name === 'kind')) {
        if (typeof item === 'string') {
          if (item !== '') out[name] = item;
        } else if (item !== null) {
          steps.push(name);
          report(context, struct, item, { go: 'string' });
          steps.pop();
        }
      } else if (context.strict && context.unknown.length < MAX_REPORTED) {
        steps.push(name);
        context.unknown.push(`unknown field ${JSON.stringify(kubernetesPath(context))}`);
        steps.pop();
      }
      continue;
    }
    if (item === null || item === undefined) continue;
    if (known && item === known[name]) {
      out[name] = item;
      continue;
    }
    steps.push(name);
    const decoded =
      planned.type.kind === 'struct'
        ? decodeStruct(context, planned.type.struct(), item, struct, known?.[name])
        : decodeValue(context, planned.type, item, struct);
    steps.pop();
    if (decoded === undefined || (planned.dropsZero && isZero(planned.type, decoded))) continue;
    out[name] = decoded;
  }
  return out;
};

const decodeValue = (context: Context, type: FieldType, value: unknown, owner: Struct<any>): unknown => {
  switch (type.kind) {
    case 'scalar':
      try {
        return decodeScalar(type.scalar, value, context.maxDepth - context.steps.length);
      } catch (error) {
        if (!(error instanceof ScalarError)) throw error;
        report(
          context,
          owner,
          value,
          error.go === undefined ? error.message : { go: error.go, ...(error.shown ? { shown: error.shown } : {}) },
        );
        return undefined;
      }
    case 'struct':
      return decodeStruct(context, type.struct(), value, owner);
    case 'list': {
      if (!Array.isArray(value)) {
        report(context, owner, value, { go: goType(type) });
        return undefined;
      }
      const out: unknown[] = [];
      const { steps } = context;
      for (let i = 0; i < value.length; i++) {
        const item: unknown = value[i];
        steps.push(i);
        const decoded = item === null ? zeroOf(type.item) : decodeValue(context, type.item, item, owner);
        steps.pop();
        if (decoded !== undefined) out.push(decoded);
      }
      return out;
    }
    case 'map': {
      if (!isObject(value)) {
        report(context, owner, value, { go: goType(type) });
        return undefined;
      }
      const out: JsonObject = {};
      const { steps } = context;
      for (const key of Object.keys(value)) {
        const item = value[key];
        steps.push(`[${key}]`);
        const decoded = item === null ? zeroOf(type.value) : decodeValue(context, type.value, item, owner);
        steps.pop();
        if (decoded !== undefined) setOwn(out, key.toWellFormed(), decoded);
      }
      return out;
    }
  }
};

const isZero = (type: FieldType, value: unknown): boolean => {
  if (type.kind === 'scalar') return isZeroScalar(type.scalar, value);
  if (type.kind === 'list') return (value as unknown[]).length === 0;
  if (type.kind === 'map') {
    for (const _ in value as object) return false;
    return true;
  }
  return false;
};

const goScalars: Readonly<Record<string, string>> = {
  double: 'float64',
  bytes: '[]uint8',
  quantity: 'resource.Quantity',
  intOrString: 'intstr.IntOrString',
};

const goType = (type: FieldType): string => {
  if (type.kind === 'scalar') return goScalars[type.scalar] ?? type.scalar;
  if (type.kind === 'struct') return goName(type.struct());
  return type.kind === 'list' ? `[]${goType(type.item)}` : `map[string]${goType(type.value)}`;
};
