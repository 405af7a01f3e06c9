import { describe, expect, test } from 'vitest';
import { describeViolations, policyOf, violations } from './policy.ts';

const pod = (container: object, spec: object = {}) => ({ metadata: {}, spec: { containers: [{ name: 'c', ...container }], ...spec } });
const hardened = {
  securityContext: {
    allowPrivilegeEscalation: false,
    runAsNonRoot: true,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  },
};

describe('Pod Security Standards', () => {
  test('a plain pod passes baseline and breaks restricted in four ways, in the words of Kubernetes', () => {
    expect(violations(pod({}), 'baseline')).toEqual([]);
    const policy = { level: 'restricted', version: 'latest' } as const;
    expect(describeViolations(policy, violations(pod({}), 'restricted'))).toBe(
      'violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), ' +
        'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), ' +
        'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), ' +
        'seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    );
  });

  test('a hardened pod passes restricted', () => {
    expect(violations(pod(hardened), 'restricted')).toEqual([]);
  });

  test.each([
    ['privileged', pod({ securityContext: { privileged: true } }), 'container "c" must not set securityContext.privileged=true'],
    ['host namespaces', pod({}, { hostNetwork: true, hostPID: true }), 'hostNetwork=true, hostPID=true'],
    ['hostPath volumes', pod({}, { volumes: [{ name: 'v', hostPath: { path: '/' } }] }), 'volume "v"'],
    ['hostPort', pod({ ports: [{ hostPort: 80 }] }), 'container "c" uses hostPort 80'],
    [
      'non-default capabilities',
      pod({ securityContext: { capabilities: { add: ['NET_ADMIN', 'CHOWN'] } } }),
      'container "c" must not include "NET_ADMIN" in securityContext.capabilities.add',
    ],
    ['forbidden sysctls', pod({}, { securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } }), 'kernel.msgmax'],
    [
      'seccompProfile',
      pod({}, { securityContext: { seccompProfile: { type: 'Unconfined' } } }),
      'pod must not set securityContext.seccompProfile.type to "Unconfined"',
    ],
  ])('baseline refuses %s', (reason, object, detail) => {
    expect(violations(object, 'baseline')).toEqual([{ reason, detail }]);
    expect(violations(object, 'privileged')).toEqual([]);
  });

  test('labels name the level and its version', () => {
    expect(policyOf({ 'pod-security.kubernetes.io/enforce': 'baseline' }, 'enforce')).toEqual({ level: 'baseline', version: 'latest' });
    expect(policyOf({}, 'enforce').level).toBe('privileged');
  });
});
