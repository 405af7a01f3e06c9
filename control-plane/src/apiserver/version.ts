/** GET /version: the Kubernetes version Kedge speaks, and its own as build metadata. */
import { gitVersion, kubernetesVersion } from '#schema/version.ts';

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
