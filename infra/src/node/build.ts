/**
 * The agent as machines download it: one file by the bundler that wrangler brings, the launcher, and a manifest with their checksums and with where a Node.js can
 * be had. Built beside the cluster (`.kedge/agent`) or for a deployment, again only when a source changed.
 */
import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AgentManifest, RuntimeFile } from '#control-plane/joining/agent-files.ts';
import { VERSION } from '#schema/version.ts';
import { readJson, writePrivateJson } from '../cluster/folder.ts';
import { repoDir } from '../cluster/prepare.ts';
import { registryBase } from './registry.ts';
import runtimes from './runtimes.json' with { type: 'json' };

const sources = ['node-agent/src', 'schema/src', 'infra/src', 'control-plane/src/joining', 'package-lock.json'];
const entry = join(repoDir, 'infra/src/node/agent.ts');
const launcher = join(repoDir, 'infra/src/node/launcher.sh');
/** Parts of dockerode that reach an engine by ssh or build images: an agent does neither, and their native code cannot be in one file. */
const unused = ['ssh2', 'cpu-features', '@grpc/grpc-js', '@grpc/proto-loader'];

const newest = (path: string): number => {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return 0;
  return stat.isDirectory() ? Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name)))) : stat.mtimeMs;
};

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const sha512OfFile = async (path: string): Promise<string> => {
  const hash = createHash('sha512');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
};

const bundle = async (): Promise<Uint8Array> => {
  const require = createRequire(createRequire(join(repoDir, 'package.json')).resolve('wrangler'));
  const esbuild = require('esbuild') as typeof import('esbuild');
  const { outputFiles } = await esbuild.build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    logLevel: 'silent',
    // main.ts is a part here, not the program
    define: { 'import.meta.main': 'false' },
    banner: { js: "import{createRequire as kedgeRequire}from'node:module';const require=kedgeRequire(import.meta.url);" },
    plugins: [
      {
        name: 'unused',
        setup: ({ onResolve, onLoad }) => {
          onResolve({ filter: new RegExp(`^(${unused.join('|')})$`) }, ({ path }) => ({ path, namespace: 'unused' }));
          onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'module.exports = {};', loader: 'js' }));
        },
      },
    ],
  });
  await esbuild.stop();
  return outputFiles[0]!.contents;
};

/** The Node.js of this installation, for machines of its architecture: no registry is needed then. */
const ownRuntime = async (dir: string): Promise<RuntimeFile | undefined> => {
  const program = join(repoDir, 'node_modules/node/bin/node');
  if (process.platform !== 'linux' || !existsSync(program)) return undefined;
  const file = `node-${process.versions.node}-${process.arch}`;
  rmSync(join(dir, file), { force: true });
  symlinkSync(realpathSync(program), join(dir, file));
  return { version: process.versions.node, url: file, sha512: await sha512OfFile(program), form: 'plain' };
};

export interface BuildOptions {
  /** Also hand out the Node.js of this installation: for a control plane on this machine, not for a deployment. */
  readonly withRuntime: boolean;
  /** npm_config_registry of who builds. Default: npm's own setting. */
  readonly registry?: string | undefined;
}

/** Repeatable; true when it was built anew. */
export const buildAgent = async (
  dir: string,
  { withRuntime, registry }: BuildOptions,
): Promise<{ readonly manifest: AgentManifest; readonly isNew: boolean }> => {
  const manifestFile = join(dir, 'manifest.json');
  const present = readJson<AgentManifest>(manifestFile);
  const builtAt = statSync(manifestFile, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const isFresh = present?.version === VERSION && sources.every((source) => newest(join(repoDir, source)) < builtAt);
  if (present && isFresh && existsSync(join(dir, present.agent.file))) return { manifest: present, isNew: false };
  mkdirSync(dir, { recursive: true, mode: 0o755 });
  const [agent, starter] = [await bundle(), readFileSync(launcher)];
  const [agentSha, starterSha] = [sha256(agent), sha256(starter)];
  const own = withRuntime ? await ownRuntime(dir) : undefined;
  // with one of its own to hand out, a control plane does without the registry; machines of another architecture are told to install theirs
  const base = await registryBase(registry).catch((error: Error) => {
    if (own) return undefined;
    throw error;
  });
  const manifest: AgentManifest = {
    version: VERSION,
    agent: { file: `agent-${VERSION}-${agentSha.slice(0, 12)}.mjs`, sha256: agentSha, bytes: agent.byteLength },
    launcher: { file: `launcher-${starterSha.slice(0, 12)}.sh`, sha256: starterSha },
    runtimes: Object.fromEntries(
      Object.entries(runtimes).map(([arch, { version, path, integrity }]) => {
        const sha512 = Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex');
        const fromRegistry: readonly RuntimeFile[] = base === undefined ? [] : [{ version, url: `${base}${path}`, sha512, form: 'npm' }];
        return [arch, own && arch === process.arch ? [own, ...fromRegistry] : fromRegistry];
      }),
    ),
  };
  writeFileSync(join(dir, manifest.agent.file), agent);
  writeFileSync(join(dir, manifest.launcher.file), starter);
  // last: who reads the manifest finds the files
  writePrivateJson(manifestFile, manifest);
  if (present && present.agent.file !== manifest.agent.file) rmSync(join(dir, present.agent.file), { force: true });
  return { manifest, isNew: true };
};
