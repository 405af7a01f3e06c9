/**
 * The ContainerRuntime port: the verbs of the CRI that Kedge needs. All identity is in labels, so a restarted agent rebuilds its view from `listPods`.
 * Implementations (docker/, and an in-memory one for tests) pass `contract.ts`. Containers Kedge did not create are never listed or touched.
 */

/** Labels on every sandbox and container. Values are plain strings. */
export interface PodIdentity {
  readonly clusterUid: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface SandboxSpec extends PodIdentity {
  /** Rises when the sandbox is made again; part of the container name, so a repeat meets AlreadyExists. */
  readonly attempt: number;
  readonly hostname: string;
  readonly hostNetwork: boolean;
  readonly hostPID: boolean;
  readonly hostIPC: boolean;
  readonly shareProcessNamespace: boolean;
  readonly sysctls: Readonly<Record<string, string>>;
  /** Of the control plane that asked for the pod, kept in a label: who lost its own memory knows by it whose word ends the pod. */
  readonly incarnation: string;
  /** Host ports, where the platform publishes them through the runtime. */
  readonly ports: readonly {
    readonly containerPort: number;
    readonly hostPort: number;
    readonly protocol: 'TCP' | 'UDP';
    readonly hostIP?: string;
  }[];
}

export interface Mount {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly readOnly: boolean;
  readonly propagation: 'private' | 'rslave' | 'rshared';
}

/** What the kernel holds a container to. */
export interface ContainerSizes {
  readonly cpuShares?: number;
  readonly cpuQuotaMicros?: number;
  readonly memoryLimitBytes?: number;
}

export interface ContainerSpec extends PodIdentity {
  readonly sandboxId: string;
  /** Container of the same pod whose process namespace it joins; default: one of its own, or the pod's. */
  readonly processesOf?: string;
  readonly container: string;
  /** Restart count; part of the container name. */
  readonly attempt: number;
  /** Hash of the container's spec, kept in a label: a changed one is restarted. */
  readonly specHash: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly workingDir?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  readonly tmpfs: readonly { readonly containerPath: string; readonly sizeBytes?: number }[];
  readonly resources: ContainerSizes & { readonly oomScoreAdj?: number };
  readonly security: {
    readonly user?: string;
    readonly groups: readonly string[];
    readonly privileged: boolean;
    readonly readOnlyRootFilesystem: boolean;
    readonly addCapabilities: readonly string[];
    readonly dropCapabilities: readonly string[];
    readonly noNewPrivileges: boolean;
  };
  readonly stdin: boolean;
  /** Standard input ends when the first client that attached leaves. */
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  readonly stopSignal?: string;
}

export type ContainerState = 'created' | 'running' | 'exited';

export interface SandboxStatus extends PodIdentity {
  readonly id: string;
  readonly attempt: number;
  readonly ready: boolean;
  /** '' while it has none, and for hostNetwork. */
  readonly ip: string;
  readonly createdAtMs: number;
  /** Absent: made by a version that did not write it. */
  readonly incarnation?: string;
}

export interface ContainerStatusRecord extends PodIdentity {
  readonly id: string;
  readonly sandboxId: string;
  readonly container: string;
  readonly attempt: number;
  readonly specHash: string;
  readonly state: ContainerState;
  readonly image: string;
  readonly imageId: string;
  readonly createdAtMs: number;
  readonly startedAtMs?: number;
  readonly finishedAtMs?: number;
  readonly exitCode?: number;
  readonly oomKilled: boolean;
  /** What it is held to, as far as the runtime says. */
  readonly sizes?: ContainerSizes;
  /** Runtime's own error text for a container that did not start. */
  readonly error?: string;
}

export interface ContainerUsage {
  /** Processor time since the container's start. */
  readonly cpuNanoseconds: number;
  /** Memory that cannot be reclaimed at will. */
  readonly memoryBytes: number;
}

export interface RuntimeEvent {
  readonly type: 'started' | 'exited' | 'removed' | 'oom' | 'sandboxStopped';
  readonly podUid: string;
  readonly containerId: string;
}

export interface RuntimeInfo {
  /** `docker://20.10.24` */
  readonly version: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly os: string;
  readonly osImage: string;
  readonly kernelVersion: string;
  readonly architecture: string;
  /** Folder on the disk that holds images, as the runtime names it; another machine's, perhaps. */
  readonly imageFolder: string;
}

export interface ExecOptions {
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly tty: boolean;
}

export interface AttachOptions {
  readonly stdin: boolean;
  /** Output since the container's start comes first. */
  readonly fromStart: boolean;
}

/** A running exec or attach. `wait` settles with the exit code once all output was delivered. */
export interface ExecSession {
  readonly stdin: { write(chunk: Uint8Array): Promise<void>; end(): void };
  /** Chunks as they come; stderr is never seen with a tty. */
  readonly output: AsyncIterable<{ readonly stream: 'stdout' | 'stderr'; readonly data: Uint8Array }>;
  resize(columns: number, rows: number): Promise<void>;
  wait(): Promise<number>;
  abort(): void;
}

export interface LogOptions {
  readonly follow: boolean;
  readonly tailLines?: number;
  /** Unix seconds, fractions allowed. */
  readonly sinceSeconds?: number;
  readonly timestamps: boolean;
}

/** Why a pull failed, in the kubelet's terms. */
export class ImagePullError extends Error {
  readonly reason: 'ErrImagePull' | 'InvalidImageName' | 'ErrImageNeverPull' | 'RegistryUnavailable';
  constructor(reason: ImagePullError['reason'], message: string) {
    super(message);
    this.name = 'ImagePullError';
    this.reason = reason;
  }
}

/** The runtime itself went away in the middle of a call: what was asked for was neither done nor refused. */
export class RuntimeGoneError extends Error {
  override readonly name = 'RuntimeGoneError';
}

export interface ContainerRuntime {
  info(): Promise<RuntimeInfo>;
  /** Creates and starts the sandbox; a sandbox of the same (uid, attempt) that exists is adopted. */
  /** `onCreated` gets the id before the sandbox runs, so that its containers can be created meanwhile. */
  runSandbox(spec: SandboxSpec, signal: AbortSignal, onCreated?: (id: string) => void): Promise<SandboxStatus>;
  /** Kills and removes a sandbox and its network. Idempotent. */
  removeSandbox(id: string): Promise<void>;
  /** Idempotent by (uid, container, attempt): returns the existing id. */
  createContainer(spec: ContainerSpec, signal: AbortSignal): Promise<string>;
  /** Idempotent. @throws Error with the runtime's text (StartError), RuntimeGoneError when it stopped meanwhile. */
  startContainer(id: string): Promise<void>;
  /** SIGTERM (or the image's stop signal), then SIGKILL after `timeoutSeconds`. Resolves when it has exited. Idempotent. */
  stopContainer(id: string, timeoutSeconds: number): Promise<void>;
  /** Other sizes for a running container, at once; what is not named stays. Idempotent. @throws Error with the runtime's text */
  resizeContainer(id: string, sizes: ContainerSizes): Promise<void>;
  removeContainer(id: string): Promise<void>;
  /** Every sandbox and container of this cluster, running or not. One runtime call. */
  listPods(): Promise<{ readonly sandboxes: readonly SandboxStatus[]; readonly containers: readonly ContainerStatusRecord[] }>;
  inspectContainer(id: string): Promise<ContainerStatusRecord | undefined>;
  /** By container id; one that does not run is missing. */
  usage(ids: readonly string[]): Promise<ReadonlyMap<string, ContainerUsage>>;
  /** The process, on this machine, that holds the sandbox's namespaces; undefined when it does not run. */
  sandboxPid(id: string): Promise<number | undefined>;
  exec(id: string, options: ExecOptions, signal: AbortSignal): Promise<ExecSession>;
  attach(id: string, options: AttachOptions, signal: AbortSignal): Promise<ExecSession>;
  /** Lines as bytes, stdout and stderr in order; ends when the container ended (follow) or at the end of what is there. */
  logs(id: string, options: LogOptions, signal: AbortSignal): AsyncIterable<Uint8Array>;
  hasImage(image: string): Promise<{ readonly id: string; readonly user: string; readonly sizeBytes: number } | undefined>;
  /** @throws ImagePullError */
  pullImage(
    image: string,
    auth: { readonly username: string; readonly password: string } | undefined,
    signal: AbortSignal,
  ): Promise<string>;
  /** Removes an image's name, and the image with its last one; false when something uses it. Idempotent. */
  removeImage(image: string): Promise<boolean>;
  listImages(): Promise<readonly { readonly names: readonly string[]; readonly sizeBytes: number }[]>;
  /** Changes of this cluster's containers from now on; ends with `signal`, throws when the engine goes away. */
  events(signal: AbortSignal): AsyncIterable<RuntimeEvent>;
}
