/** The body of a simulation, checked field by field. README.md of scheduler/ shows it. */
import type { FieldError, KubeObject } from '#schema/resource.ts';
import { invalid, notSupported, required } from '#schema/validation/errors.ts';
import { isWorkload } from './expand.ts';
import type { PodName } from './simulate.ts';

export interface SimulationBody {
  readonly objects: readonly KubeObject[];
  readonly pods: readonly PodName[];
  readonly withoutNodes: readonly string[];
  readonly most: number | undefined;
  /** Say of each node why it refuses, and what would have to change. */
  readonly explain: boolean;
  /** Of objects that name none. */
  readonly namespace: string;
}

const MAX_OBJECTS = 100;
const MAX_COPIES = 10_000;
const DEFAULT_COPIES = 1000;

const isRecord = (value: unknown): value is Record<string, any> => typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly unknown[] | undefined => (value === undefined ? [] : Array.isArray(value) ? value : undefined);

const checkObject = (object: unknown, path: string): FieldError[] => {
  if (!isRecord(object)) return [invalid(path, object, 'must be an object')];
  if (object.metadata !== undefined && !isRecord(object.metadata))
    return [invalid(`${path}.metadata`, object.metadata, 'must be an object')];
  if (object.kind === 'Pod') return [];
  if (!isWorkload(object.kind)) {
    const kinds = ['Pod', 'Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob', 'ReplicationController'];
    return [notSupported(`${path}.kind`, object.kind ?? '', kinds)];
  }
  return isRecord(object.spec) ? [] : [required(`${path}.spec`, '')];
};

const checkName = (name: unknown, path: string): FieldError[] =>
  isRecord(name) && typeof name.name === 'string' && name.name !== '' ? [] : [required(`${path}.name`, '')];

/** What is wrong, or the body. */
export const parseBody = (given: unknown): SimulationBody | FieldError[] => {
  if (!isRecord(given)) return [invalid('', given, 'must be an object')];
  const errors: FieldError[] = [];
  const list = (field: string): readonly unknown[] => {
    const found = listOf(given[field]);
    if (!found) errors.push(invalid(field, given[field], 'must be a list'));
    else if (found.length > MAX_OBJECTS) errors.push(invalid(field, found.length, `must have at most ${MAX_OBJECTS} items`));
    return (found ?? []).slice(0, MAX_OBJECTS);
  };
  const objects = list('objects');
  const pods = list('pods');
  const withoutNodes = list('withoutNodes');
  errors.push(...objects.flatMap((object, i) => checkObject(object, `objects[${i}]`)));
  errors.push(...pods.flatMap((pod, i) => checkName(pod, `pods[${i}]`)));
  withoutNodes.forEach((name, i) => {
    if (typeof name !== 'string' || name === '') errors.push(invalid(`withoutNodes[${i}]`, name, 'must be the name of a node'));
  });
  const { namespace = 'default', howMany, explain = false } = given;
  if (typeof explain !== 'boolean') errors.push(invalid('explain', explain, 'must be true or false'));
  if (typeof namespace !== 'string') errors.push(invalid('namespace', namespace, 'must be a string'));
  let most: number | undefined;
  if (howMany !== undefined && howMany !== false) {
    most = howMany === true ? DEFAULT_COPIES : howMany;
    if (!Number.isInteger(most) || most! < 1 || most! > MAX_COPIES)
      errors.push(invalid('howMany', howMany, `must be true or 1 to ${MAX_COPIES}`));
    if (objects.length !== 1) errors.push(invalid('objects', objects.length, 'must be one object when howMany is asked'));
  }
  if (errors.length > 0) return errors;
  return {
    objects: objects.map((object) => ({ metadata: {}, ...(object as object) }) as KubeObject),
    pods: (pods as { namespace?: string; name: string }[]).map((pod) => ({
      namespace: pod.namespace ?? (namespace as string),
      name: pod.name,
    })),
    withoutNodes: withoutNodes as string[],
    most,
    explain: explain as boolean,
    namespace: namespace as string,
  };
};
