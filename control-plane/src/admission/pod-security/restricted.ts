/**
 * Pod Security Standards, restricted: what hardening demands beyond baseline.
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
import { badContainers, type Check, containersNamed, containersOf, distinct, quoted } from './checks.ts';

const isWindows = (spec: Record<string, any>): boolean => spec.os?.name === 'windows';

const allowedVolumes = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
  'image',
]);

const volumeTypes: Check = ({ spec }) => {
  const typeOf = (volume: any): string => Object.keys(volume).find((field) => field !== 'name') ?? 'emptyDir';
  const bad = (spec.volumes ?? []).filter((volume: any) => !allowedVolumes.has(typeOf(volume)));
  if (bad.length === 0) return undefined;
  const names = quoted(bad.map(({ name }: any) => name));
  const types = quoted(distinct(bad.map(typeOf)));
  const one = bad.length === 1;
  return {
    reason: 'restricted volume types',
    detail: `${one ? 'volume' : 'volumes'} ${names} ${one ? 'uses restricted volume type' : 'use restricted volume types'} ${types}`,
  };
};

const allowEscalation: Check = (pod) =>
  isWindows(pod.spec)
    ? undefined
    : badContainers(
        pod,
        ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false,
        'allowPrivilegeEscalation != false',
        'set securityContext.allowPrivilegeEscalation=false',
      );

const runAsNonRoot: Check = (pod) => {
  const forAll: boolean | undefined = pod.spec.securityContext?.runAsNonRoot;
  const saysRoot = containersOf(pod).filter(({ securityContext }) => securityContext?.runAsNonRoot === false);
  if (saysRoot.length > 0) {
    const names = containersNamed(saysRoot.map(({ name }) => name));
    return { reason: 'runAsNonRoot != true', detail: `${names} must not set securityContext.runAsNonRoot=false` };
  }
  const silent = containersOf(pod).filter(({ securityContext }) => securityContext?.runAsNonRoot === undefined);
  if (forAll === true || silent.length === 0) return undefined;
  if (forAll === false) return { reason: 'runAsNonRoot != true', detail: 'pod must not set securityContext.runAsNonRoot=false' };
  const names = containersNamed(silent.map(({ name }) => name));
  return { reason: 'runAsNonRoot != true', detail: `pod or ${names} must set securityContext.runAsNonRoot=true` };
};

const runAsUser: Check = (pod) => {
  const podToo = pod.spec.securityContext?.runAsUser === 0;
  const names = containersOf(pod)
    .filter(({ securityContext }) => securityContext?.runAsUser === 0)
    .map(({ name }) => name);
  if (!podToo && names.length === 0) return undefined;
  const who = [...(podToo ? ['pod'] : []), ...(names.length > 0 ? [containersNamed(names)] : [])].join(' and ');
  return { reason: 'runAsUser=0', detail: `${who} must not set runAsUser=0` };
};

const seccomp: Check = (pod) => {
  if (isWindows(pod.spec)) return undefined;
  const isGood = (profile: any): boolean => profile?.type === 'RuntimeDefault' || profile?.type === 'Localhost';
  const forAll = isGood(pod.spec.securityContext?.seccompProfile);
  const bad = containersOf(pod).filter(({ securityContext }) => {
    const profile = securityContext?.seccompProfile;
    return profile ? !isGood(profile) : !forAll;
  });
  if (bad.length === 0) return undefined;
  const names = containersNamed(bad.map(({ name }) => name));
  return {
    reason: 'seccompProfile',
    detail: `pod or ${names} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
  };
};

const dropAll: Check = (pod) => {
  if (isWindows(pod.spec)) return undefined;
  const keeps = containersOf(pod).filter(({ securityContext }) => !securityContext?.capabilities?.drop?.includes('ALL'));
  const adds = containersOf(pod).filter(({ securityContext }) =>
    (securityContext?.capabilities?.add ?? []).some((name: string) => name !== 'NET_BIND_SERVICE'),
  );
  const details: string[] = [];
  if (keeps.length > 0)
    details.push(`${containersNamed(keeps.map(({ name }) => name))} must set securityContext.capabilities.drop=["ALL"]`);
  if (adds.length > 0) {
    const names = distinct(
      adds.flatMap(({ securityContext }) => securityContext!.capabilities.add).filter((name) => name !== 'NET_BIND_SERVICE'),
    );
    details.push(`${containersNamed(adds.map(({ name }) => name))} must not include ${quoted(names)} in securityContext.capabilities.add`);
  }
  return details.length === 0 ? undefined : { reason: 'unrestricted capabilities', detail: details.join('; ') };
};

export const restricted: readonly Check[] = [allowEscalation, dropAll, volumeTypes, runAsNonRoot, runAsUser, seccomp];
