/**
 * JSON patch (RFC 6902) on fast-json-patch, with the bounds and the wording of the API server: at most 10,000 operations, a bounded amount
 * of copied data (a chain of copies could double the document each time), no way to a prototype.
 */
import fastJsonPatch from 'fast-json-patch';
import { cloneJson, isObject } from '../dsl/own.ts';
import { PatchError } from './patch-error.ts';

export { PatchError } from './patch-error.ts';

const MAX_OPERATIONS = 10_000;
const MAX_COPIED = 3 * 1024 * 1024;
const OPERATIONS: ReadonlySet<unknown> = new Set(['add', 'remove', 'replace', 'move', 'copy', 'test']);

interface Operation {
  readonly op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test';
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

/** The types of fast-json-patch describe its ES module; under Node.js the default import is the CommonJS exports. */
const { applyOperation, getValueByPointer } = fastJsonPatch as unknown as {
  applyOperation: (document: unknown, operation: Operation, validate: boolean, mutate: boolean) => { readonly newDocument: unknown };
  getValueByPointer: (document: unknown, pointer: string) => unknown;
};

/** The patched copy of `document`. @throws PatchError 400 not a patch, 413 too many operations, 422 an operation cannot be applied */
export const jsonPatch = (document: unknown, patch: unknown): unknown => {
  const operations = readOperations(patch);
  let current = cloneJson(document);
  let copied = 0;
  for (const operation of operations) {
    if (operation.op === 'move') checkMove(current, operation);
    if (operation.op === 'copy') {
      copied += sizeOf(lookUp(current, operation));
      if (copied > MAX_COPIED) {
        throw new PatchError(
          422,
          `Unable to complete the copy, the accumulated size increase of copy is ${copied}, exceeding the limit ${MAX_COPIED}`,
        );
      }
    }
    current = apply(current, operation);
  }
  return current;
};

const readOperations = (patch: unknown): Operation[] => {
  if (!Array.isArray(patch)) {
    throw new PatchError(400, 'error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  }
  if (patch.length > MAX_OPERATIONS) {
    throw new PatchError(413, `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`);
  }
  return patch.map((item: unknown) => {
    if (!isObject(item)) throw new PatchError(400, 'error decoding patch: an operation must be an object');
    const { op, path, from } = item;
    if (!OPERATIONS.has(op)) throw new PatchError(422, `Unexpected kind: ${typeof op === 'string' ? op : 'unknown'}`);
    if (typeof path !== 'string') throw new PatchError(422, `${op} operation missing path field`);
    const needsFrom = op === 'move' || op === 'copy';
    if (needsFrom && typeof from !== 'string') throw new PatchError(422, `${op} operation missing from field`);
    const needsValue = op === 'add' || op === 'replace' || op === 'test';
    // a missing value of `test` asks for absence or null, as upstream
    const value = Object.hasOwn(item, 'value') ? item.value : null;
    if (needsValue && op !== 'test' && !Object.hasOwn(item, 'value')) throw new PatchError(422, `${op} operation missing value field`);
    return { op, path, ...(needsFrom ? { from } : {}), ...(needsValue ? { value: cloneJson(value) } : {}) } as Operation;
  });
};

/** What `from` names. An inherited property such as `toString` is not there. */
const lookUp = (document: unknown, { op, from = '' }: Operation): unknown => {
  let source: unknown;
  try {
    source = getValueByPointer(document, from);
  } catch {
    source = undefined;
  }
  if (source === undefined || typeof source === 'function') {
    throw new PatchError(422, `${op} operation does not apply: doc is missing from path: "${from}": missing value`);
  }
  return source;
};

/** Nothing can be moved into itself: where it was, it is gone. */
const checkMove = (document: unknown, operation: Operation): void => {
  const { path, from = '' } = operation;
  if (from === '') throw new PatchError(422, 'move operation does not apply: doc is missing from path: "": missing value');
  lookUp(document, operation);
  if (path.startsWith(`${from}/`)) {
    throw new PatchError(422, `move operation does not apply: doc is missing destination path: "${path}": missing value`);
  }
};

/** Length as JSON. A value too deep to be written counts as too large. */
const sizeOf = (value: unknown): number => {
  try {
    return JSON.stringify(value)?.length ?? 0;
  } catch {
    return MAX_COPIED + 1;
  }
};

const apply = (document: unknown, operation: Operation): unknown => {
  const { op, path } = operation;
  if (op === 'test') {
    // fast-json-patch refuses a test of an absent path; upstream takes it as null
    if (operation.value === null && isAbsent(document, path)) return document;
  }
  try {
    return applyOperation(document, operation, true, true).newDocument;
  } catch (error) {
    throw new PatchError(422, describe(operation, error));
  }
};

const isAbsent = (document: unknown, path: string): boolean => {
  try {
    return getValueByPointer(document, path) === undefined;
  } catch {
    return true;
  }
};

const describe = ({ op, path, from }: Operation, error: unknown): string => {
  const name = isObject(error) ? error.name : undefined;
  switch (name) {
    case 'TEST_OPERATION_FAILED':
      return `testing value ${path} failed: test failed`;
    case 'OPERATION_PATH_CANNOT_ADD':
      return `add operation does not apply: doc is missing path: "${path}": missing value`;
    case 'OPERATION_PATH_UNRESOLVABLE':
      return op === 'remove'
        ? `remove operation does not apply: doc is missing path: "${path}": missing value`
        : `${op} operation does not apply: doc is missing key: ${path}: missing value`;
    case 'OPERATION_FROM_UNRESOLVABLE':
      return `${op} operation does not apply: doc is missing from path: "${from ?? ''}": missing value`;
    default:
      return `${op} operation does not apply: invalid path "${path}"`;
  }
};
