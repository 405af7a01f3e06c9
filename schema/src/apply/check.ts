/** What an applied configuration must not have: undeclared fields, items of one name, items without their key. */
import { isObject } from '../dsl/own.ts';
import { ElementError, fieldElement, formatPath, itemElement } from './path.ts';
import { childType, type TypeSchema } from './type-schema.ts';

const maxProblems = 100;

/** Empty when the configuration is sound. Each as `.spec.foo: field not declared in schema`. */
export const checkConfiguration = (type: TypeSchema, value: unknown): string[] => {
  const problems: string[] = [];
  const report = (path: readonly string[], text: string): void => {
    if (problems.length < maxProblems) problems.push(path.length === 0 ? text : `${formatPath(path)}: ${text}`);
  };
  const walk = (inner: TypeSchema, item: unknown, path: readonly string[]): void => {
    if (inner.kind === 'map' && isObject(item)) {
      for (const key of Object.keys(item)) {
        const here = [...path, fieldElement(key)];
        if (!inner.field(key) && !inner.item) report(here, 'field not declared in schema');
        else walk(childType(inner, key), item[key], here);
      }
    } else if (inner.kind === 'list' && Array.isArray(item)) checkItems(inner, item, path);
  };
  const checkItems = (list: Extract<TypeSchema, { kind: 'list' }>, items: readonly unknown[], path: readonly string[]): void => {
    const seen = new Set<string>();
    for (const [i, item] of items.entries()) {
      let element = `i:${i}`;
      if (list.listType !== 'atomic') {
        try {
          element = itemElement(list, item);
        } catch (error) {
          if (!(error instanceof ElementError)) throw error;
          report(path, `element ${i}: ${error.message}`);
          continue;
        }
        if (seen.has(element)) report(path, `duplicate entries for key ${formatPath([element])}`);
        seen.add(element);
      }
      walk(list.item(), item, [...path, element]);
    }
  };
  walk(type, value, []);
  return problems;
};
