/**
 * The agent as the control plane hands it out: files of one folder, described by `manifest.json`, that `infra/src/node/build.ts` writes. On Node.js they are read from
 * disk, on Workers they are static assets. Nothing of it is secret; the install script carries the checksums.
 */
export const agentFilesPath = '/kedge/v1/agent/';

/** Content by name, undefined where there is no such file. */
export type AgentFiles = (name: string) => Promise<Response | undefined>;

/** A Node.js for machines that have none fit. */
export interface RuntimeFile {
  readonly version: string;
  /** Absolute, or a name below `agentFilesPath`. */
  readonly url: string;
  /** Hex. */
  readonly sha512: string;
  /** `npm`: a tarball of the npm registry with `package/bin/node` in it; `plain`: the program itself. */
  readonly form: 'npm' | 'plain';
}

export interface AgentManifest {
  readonly version: string;
  readonly agent: { readonly file: string; readonly sha256: string; readonly bytes: number };
  readonly launcher: { readonly file: string; readonly sha256: string };
  /** By Node.js' names of architectures; the first that can be had is taken. */
  readonly runtimes: Readonly<Record<string, readonly RuntimeFile[]>>;
}

export const fileForm = /^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$/;
const hex = (digits: number): RegExp => new RegExp(`^[0-9a-f]{${digits}}$`);
const urlForm = /^https:\/\/[A-Za-z0-9.-]+(:\d+)?\/[A-Za-z0-9@._/-]{1,200}$/;
const versionForm = /^[0-9A-Za-z.+-]{1,40}$/;

/** What stands in it goes into a script that runs as root: only what has exactly the expected form. @throws Error */
export const checkManifest = (manifest: AgentManifest): AgentManifest => {
  const { version, agent, launcher, runtimes } = manifest;
  const runtimeFits = ({ version: v, url, sha512, form }: RuntimeFile): boolean =>
    versionForm.test(v) && (urlForm.test(url) || fileForm.test(url)) && hex(128).test(sha512) && (form === 'npm' || form === 'plain');
  const fits =
    versionForm.test(version) &&
    [agent, launcher].every(({ file, sha256 }) => fileForm.test(file) && hex(64).test(sha256)) &&
    Object.entries(runtimes).every(([arch, list]) => /^[a-z0-9]{2,10}$/.test(arch) && list.every(runtimeFits));
  if (!fits) throw new Error('the manifest of the agent is damaged');
  return manifest;
};

/** Undefined where this control plane carries no agent. @throws Error when it is damaged */
export const readManifest = async ({ agentFiles }: { readonly agentFiles?: AgentFiles }): Promise<AgentManifest | undefined> => {
  const response = await agentFiles?.('manifest.json');
  return response ? checkManifest((await response.json()) as AgentManifest) : undefined;
};
