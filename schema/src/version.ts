/**
 * The one place of both versions: Kedge's own, which control plane and agent of a release share (package.json carries it too, a test holds them equal),
 * and the Kubernetes version whose API is spoken.
 */
export const VERSION = '0.1.0';

export const kubernetesVersion = { major: '1', minor: '35' } as const;

/** What /version and a Node's `kubeletVersion` show: `v1.35.0+kedge.0.1.0`. */
export const gitVersion = (version: string = VERSION): string =>
  `v${kubernetesVersion.major}.${kubernetesVersion.minor}.0+kedge.${version}`;
