/** GET /version: the Kubernetes version Kedge speaks, and its own as build metadata. */
export const kubernetesVersion = { major: '1', minor: '35' } as const;

export const gitVersion = (version: string): string => `v${kubernetesVersion.major}.${kubernetesVersion.minor}.0+kedge.${version}`;

export const versionInfo = (version: string) => ({
  ...kubernetesVersion,
  gitVersion: gitVersion(version),
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: 'linux/amd64',
});
