/** What the checks of the Pod Security Standards look at, and how they say what is wrong. Pure. */

/** Any pod spec: of a pod, or of a workload's template. */
export type PodSpecLike = Record<string, any>;

export interface Pod {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: PodSpecLike;
}

/** `reason` is the short form; `detail` names containers and values. */
export interface Violation {
  readonly reason: string;
  readonly detail: string;
}

/** One rule of the standards. Undefined: the pod may pass. */
export type Check = (pod: Pod) => Violation | undefined;

export interface ContainerLike {
  readonly name: string;
  readonly securityContext?: Record<string, any>;
  readonly ports?: readonly Record<string, any>[];
  readonly lifecycle?: Record<string, any>;
  readonly [field: string]: any;
}

export const containersOf = ({ spec }: Pod): ContainerLike[] => [
  ...(spec.initContainers ?? []),
  ...(spec.containers ?? []),
  ...(spec.ephemeralContainers ?? []),
];

export const quoted = (names: readonly string[]): string => names.map((name) => JSON.stringify(name)).join(', ');

const plural = (word: string, count: number): string => (count === 1 ? word : `${word}s`);

/** `container "a"` or `containers "a", "b"`. */
export const containersNamed = (names: readonly string[]): string => `${plural('container', names.length)} ${quoted(names)}`;

/** A violation of all containers that `isBad` names. */
export const badContainers = (
  pod: Pod,
  isBad: (container: ContainerLike) => boolean,
  reason: string,
  must: string,
): Violation | undefined => {
  const names = containersOf(pod)
    .filter(isBad)
    .map(({ name }) => name);
  return names.length === 0 ? undefined : { reason, detail: `${containersNamed(names)} must ${must}` };
};

/** Distinct values in order. */
export const distinct = (values: readonly string[]): string[] => [...new Set(values)].sort();
