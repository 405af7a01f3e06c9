/**
 * What every server-side apply does before it meets an object: reads the configuration, refuses what cannot be applied, and words conflicts as
 * Kubernetes does. Where the object lives is the caller's.
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
import { checkConfiguration } from '#schema/apply/check.ts';
import { type Conflict, formatConflicts, formatOwner } from '#schema/apply/conflict.ts';
import { formatPath } from '#schema/apply/path.ts';
import type { TypeSchema } from '#schema/apply/type-schema.ts';
import { isObject, type JsonObject } from '#schema/dsl/own.ts';
import type { KubeObject } from '#schema/resource.ts';
import { required } from '#schema/validation/errors.ts';
import { decodeValue, type Expected, judgeFields, parseText, readBytes, textOf } from './body.ts';
import type { Call } from './call.ts';
import { ApiError, badRequest, invalid } from './errors.ts';
import { booleanOf, type WriteOptions, writeOptions } from './options.ts';
import { placeObject } from './write.ts';

export const applyType = 'application/apply-patch+yaml';

export interface Application {
  readonly config: KubeObject;
  readonly options: WriteOptions;
  readonly force: boolean;
}

const patchOptions = { group: 'meta.k8s.io', resource: '', kind: 'PatchOptions' };

/** @throws ApiError Invalid, BadRequest, RequestEntityTooLarge */
export const readApplication = async (call: Call, expected: Expected, type: TypeSchema): Promise<Application> => {
  const options = writeOptions('PatchOptions', call.query);
  if (!options.fieldManager) throw invalid(patchOptions, '', [required('fieldManager', 'is required for apply patch')]);
  const text = textOf(await readBytes(call.request));
  const { value, duplicates } = await parseText(text, /^\s*\{/.test(text) ? 'json' : 'yaml', expected.kind);
  judgeFields(duplicates, expected, options.fieldValidation, call.warnings);
  return { config: checked(call, value, expected, type), options, force: booleanOf(call.query, 'force') ?? false };
};

const checked = (call: Call, value: unknown, expected: Expected, type: TypeSchema): KubeObject => {
  if (!isObject(value)) throw badRequest('error decoding YAML: the configuration is not an object');
  const { apiVersion } = value;
  if (apiVersion !== expected.groupVersion) {
    const specified = typeof apiVersion === 'string' ? apiVersion : '';
    throw badRequest(
      `Incorrect version specified in apply patch. Specified patch version: ${specified}, expected: ${expected.groupVersion}`,
    );
  }
  // types are judged here; what is undeclared is judged below, in the words of apply
  decodeValue(value, expected, { fieldValidation: 'Ignore', warnings: [] });
  const { metadata } = value;
  if (isObject(metadata) && metadata.managedFields !== undefined && metadata.managedFields !== null) {
    throw badRequest('metadata.managedFields must be nil');
  }
  const config = placeObject(call.target, { ...value, metadata: { ...(isObject(metadata) ? metadata : {}) } } as KubeObject);
  const problems = checkConfiguration(type, config);
  if (problems.length > 0) {
    const { namespace, name } = call.target;
    const object = `${namespace}/${name}; ${expected.groupVersion}, Kind=${expected.kind}`;
    const why = problems.length === 1 ? problems[0] : `errors:\n${problems.map((p) => `  ${p}`).join('\n')}`;
    throw badRequest(`failed to create typed patch object (${object}): ${why}`);
  }
  return config;
};

/** `Apply failed with 1 conflict: ...`, each conflict as a cause. */
export const applyConflict = (conflicts: readonly Conflict[]): ApiError =>
  new ApiError('Conflict', formatConflicts(conflicts), {
    causes: conflicts.map(({ owner, path }) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${formatOwner(owner)}`,
      field: formatPath(path),
    })),
  });

/** The object without what apply does not compare. */
export const comparable = (object: KubeObject): JsonObject => {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
};
