/** DeleteOptions, from the body or from the query. */
import { DeleteOptions } from '#schema/meta/delete-options.ts';
import type { FieldError } from '#schema/resource.ts';
import { invalid as invalidField, notSupported } from '#schema/validation/errors.ts';
import type { DeleteRequest, Propagation } from '../registry/registry.ts';
import { anyVersion, mediaType, readObject } from './body.ts';
import type { Call } from './call.ts';
import { badRequest, invalid } from './errors.ts';
import { writeOptions } from './options.ts';

export interface ReadDeleteOptions {
  readonly request: DeleteRequest;
  readonly dryRun: boolean;
}

const propagations = ['Foreground', 'Background', 'Orphan'];
/** In upstream's order, which names the absence of one, too. */
const supported = `supported values: ${[...propagations, 'nil'].map((one) => JSON.stringify(one)).join(', ')}`;
const named = { group: 'meta.k8s.io', resource: '', kind: 'DeleteOptions' };

/** From decoded options. @throws ApiError Invalid */
export const deleteRequestOf = (options: DeleteOptions): ReadDeleteOptions => {
  const errors: FieldError[] = [];
  const { propagationPolicy, orphanDependents, gracePeriodSeconds, preconditions, dryRun } = options;
  if (propagationPolicy !== undefined && !propagations.includes(propagationPolicy)) {
    errors.push({ ...notSupported('propagationPolicy', propagationPolicy, []), detail: supported });
  }
  if (propagationPolicy !== undefined && orphanDependents !== undefined) {
    errors.push(invalidField('propagationPolicy', propagationPolicy, 'orphanDependents and deletionPropagation cannot be both set'));
  }
  if (dryRun?.some((v) => v !== 'All')) errors.push(notSupported('dryRun', dryRun, ['All']));
  if (errors.length > 0) throw invalid(named, '', errors);
  const orphan = orphanDependents === undefined ? undefined : orphanDependents ? 'Orphan' : 'Background';
  const propagation = (propagationPolicy ?? orphan) as Propagation | undefined;
  return {
    dryRun: (dryRun?.length ?? 0) > 0,
    request: {
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
      ...(propagation ? { propagation } : {}),
      ...(preconditions ? { preconditions } : {}),
    },
  };
};

const fromQuery = (query: URLSearchParams): DeleteOptions => {
  const grace = query.get('gracePeriodSeconds');
  if (grace !== null && !/^-?\d{1,10}$/.test(grace)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(grace)}: invalid syntax`);
  const orphan = query.get('orphanDependents');
  const policy = query.get('propagationPolicy');
  return {
    ...(grace === null ? {} : { gracePeriodSeconds: Number(grace) }),
    ...(orphan === null ? {} : { orphanDependents: orphan !== 'false' && orphan !== '0' }),
    ...(policy ? { propagationPolicy: policy } : {}),
  };
};

/** A body wins over the query; the query's dryRun always counts. */
export const readDeleteOptions = async (call: Call): Promise<ReadDeleteOptions> => {
  const { dryRun } = writeOptions('DeleteOptions', call.query);
  // Clients name it `v1`, `meta.k8s.io/v1` or the resource's own version.
  const expected = { schema: DeleteOptions, groupVersion: anyVersion, kind: 'DeleteOptions' };
  const hasBody = call.request.body !== null || mediaType(call.request) !== '';
  const body = hasBody ? await readObject(call.request, expected, { fieldValidation: 'Ignore', warnings: call.warnings }) : undefined;
  const read = deleteRequestOf(body ?? fromQuery(call.query));
  const { warning } = call.target.definition.orphansByDefault ?? {};
  if (warning && !read.request.propagation) call.warnings.push(warning);
  return { ...read, dryRun: read.dryRun || dryRun };
};
