/**
 * The JSON paths that CustomResourceDefinitions carry: `.spec.replicas`, `.a['b.c'][0]`, `.status.conditions[?(@.type=="Ready")].status`,
 * `[*]`. Read once; a path is bounded in length and looks at own properties only.
 */
import { getOwn, isObject, setOwn } from '../dsl/own.ts';

type Step =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'filter'; readonly path: readonly string[]; readonly equal: boolean; readonly value: unknown };

export type JsonPath = readonly Step[];

const MAX_LENGTH = 1000;
/** A name with escaped dots in it. */
const dotted = /^\.((?:[\w$/-]|\\\.)+)/;
const name = /^\.([A-Za-z_$][\w$-]*|\*)/;
const quoted = /^\.?\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]/;
const index = /^\.?\[(-?\d{1,6})\]/;
const all = /^\.?\[\*\]/;
const filter =
  /^\.?\[\?\(\s*@((?:\.[A-Za-z_$][\w$-]*)+)\s*(==|!=)\s*(?:"([^"\\]*)"|'([^'\\]*)'|(-?\d{1,15}(?:\.\d{1,15})?)|(true|false))\s*\)\]/;

const unescaped = (text: string): string => text.replace(/\\(.)/g, '$1');

const stepAt = (text: string): { readonly step: Step; readonly length: number } | undefined => {
  let found = name.exec(text);
  if (found) {
    const step: Step = found[1] === '*' ? { kind: 'all' } : { kind: 'name', name: found[1]! };
    return { step, length: found[0].length };
  }
  found = quoted.exec(text);
  if (found) return { step: { kind: 'name', name: unescaped(found[1] ?? found[2] ?? '') }, length: found[0].length };
  found = index.exec(text);
  if (found) return { step: { kind: 'index', index: Number(found[1]) }, length: found[0].length };
  found = all.exec(text);
  if (found) return { step: { kind: 'all' }, length: found[0].length };
  found = filter.exec(text);
  if (!found) return undefined;
  const [whole, path, operator, double, single, digits, bool] = found;
  const value = double ?? single ?? (digits !== undefined ? Number(digits) : bool === 'true');
  return { step: { kind: 'filter', path: path!.slice(1).split('.'), equal: operator === '==', value }, length: whole.length };
};

/** Undefined when it is none of the forms above. `\.` in a name stands for a dot. */
export const parseJsonPath = (text: string): JsonPath | undefined => {
  if (text.length > MAX_LENGTH) return undefined;
  const steps: Step[] = [];
  let rest = text.replace(/^\{(.*)\}$/s, '$1').replace(/^\$/, '');
  if (!rest.startsWith('.') && !rest.startsWith('[')) rest = `.${rest}`;
  while (rest !== '') {
    const [whole, escaped] = dotted.exec(rest) ?? [];
    if (whole && escaped?.includes('\\.')) {
      steps.push({ kind: 'name', name: unescaped(escaped) });
      rest = rest.slice(whole.length);
      continue;
    }
    const found = stepAt(rest);
    if (!found) return undefined;
    steps.push(found.step);
    rest = rest.slice(found.length);
  }
  return steps;
};

const below = (value: unknown, step: Step): unknown[] => {
  switch (step.kind) {
    case 'name':
      return isObject(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : [];
    case 'index': {
      const item = Array.isArray(value) ? value.at(step.index) : undefined;
      return item === undefined ? [] : [item];
    }
    case 'all':
      return Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
    case 'filter':
      return Array.isArray(value) ? value.filter((item) => (valueAt(item, step.path) === step.value) === step.equal) : [];
  }
};

/** Everything the path finds, in order. */
export const findAll = (path: JsonPath, value: unknown): unknown[] =>
  path.reduce<unknown[]>((found, step) => found.flatMap((one) => below(one, step)), [value]);

/** The names of a path of names alone, such as those of the scale subresource. */
export const namesOf = (text: string): readonly string[] | undefined => {
  const names = parseJsonPath(text)?.map((step) => (step.kind === 'name' ? step.name : undefined));
  return names?.every((one) => one !== undefined) ? names : undefined;
};

export const valueAt = (value: unknown, names: readonly string[]): unknown =>
  names.reduce<unknown>((found, one) => (isObject(found) ? getOwn(found, one) : undefined), value);

/** Sets what stands at `names`, with the objects on the way. Mutates. */
export const setValueAt = (object: Record<string, unknown>, names: readonly string[], value: unknown): void => {
  const [first, ...rest] = names;
  if (first === undefined) return;
  if (rest.length === 0) {
    setOwn(object, first, value);
    return;
  }
  if (!isObject(getOwn(object, first))) setOwn(object, first, {});
  setValueAt(getOwn(object, first) as Record<string, unknown>, rest, value);
};
