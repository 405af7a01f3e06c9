/**
 * What the security settings of a pod and of its containers must be. Paths and wording are upstream's; values out of their enums were refused before.
 */
import { between } from '../meta/checks.ts';
import type { FieldError } from '../resource.ts';
import { duplicate, invalid, required } from '../validation/errors.ts';
import type { PodSpec } from './pod-spec.ts';
import type { AppArmorProfile, SeccompProfile, SecurityContext } from './security-context.ts';
import { validateLocalPath } from './volume-validation.ts';

const MAX_ID = 2_147_483_647;
const MAX_SYSCTL = 253;
const sysctlName = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;
const sysctlPattern = '^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$';
const ofNetwork = /^net[./]/;
const ofIPC = /^(kernel[./](shm|msg)|kernel[./]sem$|fs[./]mqueue[./])/;

const validateSeccomp = (profile: SeccompProfile | undefined, path: string): FieldError[] => {
  if (!profile) return [];
  const { type, localhostProfile: file } = profile;
  const at = `${path}.localhostProfile`;
  if (type !== 'Localhost') return file === undefined ? [] : [invalid(at, profile, 'can only be set when seccomp type is Localhost')];
  return file === undefined ? [required(at, 'must be set when seccomp type is Localhost')] : validateLocalPath(at, file);
};

const validateAppArmor = (profile: AppArmorProfile | undefined, path: string): FieldError[] => {
  if (!profile) return [];
  const { type, localhostProfile: name } = profile;
  const at = `${path}.localhostProfile`;
  if (type !== 'Localhost') return name === undefined ? [] : [invalid(at, name, 'can only be set when AppArmor type is Localhost')];
  if (!name?.trim()) return [required(at, 'must be set when AppArmor type is Localhost')];
  return name === name.trim() ? [] : [invalid(at, name, 'must not be padded with whitespace')];
};

export const validateSecurityContext = (context: SecurityContext | undefined, path: string): FieldError[] => {
  if (!context) return [];
  const errors = [
    ...between(`${path}.runAsUser`, context.runAsUser, 0, MAX_ID),
    ...between(`${path}.runAsGroup`, context.runAsGroup, 0, MAX_ID),
    ...validateSeccomp(context.seccompProfile, `${path}.seccompProfile`),
    ...validateAppArmor(context.appArmorProfile, `${path}.appArmorProfile`),
  ];
  if (context.allowPrivilegeEscalation === false && context.privileged) {
    errors.push(invalid(path, context, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'));
  }
  return errors;
};

const validateSysctls = ({ securityContext, hostNetwork, hostIPC }: PodSpec, path: string): FieldError[] => {
  const names = new Set<string>();
  return (securityContext?.sysctls ?? []).flatMap(({ name }, i) => {
    const at = `${path}[${i}].name`;
    const errors: FieldError[] = [];
    if (name === '') errors.push(required(at));
    else if (name.length > MAX_SYSCTL || !sysctlName.test(name))
      errors.push(invalid(at, name, `must have at most ${MAX_SYSCTL} characters and match regex ${sysctlPattern}`));
    else if (names.has(name)) errors.push(duplicate(at, name));
    names.add(name);
    if (hostNetwork && ofNetwork.test(name)) errors.push(invalid(at, name, "may not be specified when 'hostNetwork' is true"));
    if (hostIPC && ofIPC.test(name)) errors.push(invalid(at, name, "may not be specified when 'hostIPC' is true"));
    return errors;
  });
};

export const validatePodSecurity = (spec: PodSpec, path: string): FieldError[] => {
  const { securityContext: context } = spec;
  if (!context) return [];
  return [
    ...between(`${path}.fsGroup`, context.fsGroup, 0, MAX_ID),
    ...between(`${path}.runAsUser`, context.runAsUser, 0, MAX_ID),
    ...between(`${path}.runAsGroup`, context.runAsGroup, 0, MAX_ID),
    ...(context.supplementalGroups ?? []).flatMap((group, i) => between(`${path}.supplementalGroups[${i}]`, group, 0, MAX_ID)),
    ...validateSysctls(spec, `${path}.sysctls`),
    ...validateSeccomp(context.seccompProfile, `${path}.seccompProfile`),
    ...validateAppArmor(context.appArmorProfile, `${path}.appArmorProfile`),
  ];
};
