/** Which standard a namespace holds its pods to, and what of it a pod breaks. */
import { baseline } from './baseline.ts';
import type { Pod, Violation } from './checks.ts';
import { restricted } from './restricted.ts';

export const levels = ['privileged', 'baseline', 'restricted'] as const;
export type Level = (typeof levels)[number];
export type Mode = 'enforce' | 'audit' | 'warn';

const PREFIX = 'pod-security.kubernetes.io/';

export interface Policy {
  readonly level: Level;
  /** `latest` or `v1.N`, as given. */
  readonly version: string;
}

/** A namespace without labels asks for nothing. A label with another value is refused when it is written, and read as `restricted` if it is there. */
export const policyOf = (labels: Readonly<Record<string, string>> | undefined, mode: Mode): Policy => {
  const level = labels?.[`${PREFIX}${mode}`];
  const version = labels?.[`${PREFIX}${mode}-version`] ?? 'latest';
  if (level === undefined) return { level: 'privileged', version };
  return { level: levels.find((known) => known === level) ?? 'restricted', version };
};

export const isVersion = (text: string): boolean => text === 'latest' || /^v1\.(0|[1-9]\d{0,3})$/.test(text);

/** Restricted demands what baseline does, too; a restricted rule about the same field speaks for both. */
export const violations = (pod: Pod, level: Level): Violation[] => {
  if (level === 'privileged') return [];
  const found = [...baseline, ...(level === 'restricted' ? restricted : [])].flatMap((check) => check(pod) ?? []);
  const last = new Map(found.map((violation) => [violation.reason, violation]));
  const both = found.some(({ reason }) => reason === 'unrestricted capabilities');
  return [...last.values()].filter(({ reason }) => !(both && reason === 'non-default capabilities'));
};

/** `violates PodSecurity "baseline:latest": privileged (container "a" must not ...)`. */
export const describeViolations = (policy: Policy, found: readonly Violation[]): string =>
  `violates PodSecurity "${policy.level}:${policy.version}": ${found.map(({ reason, detail }) => `${reason} (${detail})`).join(', ')}`;
