/**
 * A fresh Debian (on an Ubuntu host: Ubuntu) as a tar for bare-machine.ts: what a minimal server has and nothing of Docker, with a local apt repository of what
 * install.sh installs, so that apt inside needs no network. Made by mmdebstrap from this machine's own apt sources, once, and kept under tests/.cache.
 * `node tests/harness/debian-root.ts` makes it ahead of its tests; the test run does that while the unit tests run.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { has, installPackages } from './engine.ts';
import { cacheDir } from './paths.ts';
import { isAlive, waitFor } from './process.ts';

/** What a server has beside the smallest Debian. */
const present = ['curl', 'ca-certificates', 'systemd'];
/** What install.sh may ask apt for. */
const offered = ['docker.io', 'nftables', 'iproute2', 'iptables', 'conntrack'];

/** $1: the new root. Its own apt knows the archive still, and fetches what a machine in it could want. */
const offer = `set -e
chroot "$1" apt-get clean
DEBIAN_FRONTEND=noninteractive chroot "$1" apt-get install -y -q --no-install-recommends --download-only ${offered.join(' ')}
mkdir -p "$1/srv/debs"
cd "$1/srv/debs"
mv "$1"/var/cache/apt/archives/*.deb .
for deb in *.deb; do
  dpkg-deb -f "$deb"
  printf 'Filename: ./%s\\nSize: %s\\nSHA256: %s\\n\\n' "$deb" "$(stat -c %s "$deb")" "$(sha256sum "$deb" | cut -d' ' -f1)"
done >Packages
rm -rf "$1/etc/apt/sources.list.d"
mkdir "$1/etc/apt/sources.list.d"
echo 'deb [trusted=yes] file:/srv/debs ./' >"$1/etc/apt/sources.list"
`;

/** $1: a folder to work in, in memory; the rest: the command. */
const inMemory = 'mount -t tmpfs tmpfs "$1" && export TMPDIR="$1" && shift && exec "$@"';

const codename = (): string => /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? '';

/** This machine's own sources of its own release: whoever else it installs from is left out. */
const sources = (suite: string): string => {
  const format = ['--format', '$(REPO_URI) $(RELEASE) $(COMPONENT)', 'Created-By: Packages'];
  const lines = spawnSync('apt-get', ['indextargets', ...format], { encoding: 'utf8' })
    .stdout.trim()
    .split('\n');
  const own = lines.filter((line) => {
    const [, release = '', component = ''] = line.split(' ');
    return [suite, `${suite}-updates`, `${suite}-security`].includes(release) && ['main', 'universe'].includes(component);
  });
  return [...new Set(own)].map((line) => `deb ${line}\n`).join('');
};

const howToMend = 'Where `apt-get update` works, `node tests/harness/debian-root.ts` makes it and shows what is wrong.';

const make = (file: string, log: (line: string) => void, timeoutMs: number): void => {
  if (process.getuid?.() !== 0 || !has('apt-get'))
    throw new Error('A fresh Debian root is made as root on Debian or Ubuntu: run the tests there.');
  if (!has('mmdebstrap')) installPackages(['mmdebstrap'], log);
  const suite = codename();
  const input = sources(suite);
  if (input === '')
    throw new Error(`No source of ${suite || 'a release'} in this machine's apt sources: a fresh Debian root is made from them.`);
  log(`making a fresh root of ${suite}`);
  mkdirSync(cacheDir, { recursive: true });
  const work = mkdtempSync(join(process.env.KEDGE_TEST_SCRATCH ?? tmpdir(), 'kedge-root-'));
  const partial = `${file}.${process.pid}.tar`;
  const options = ['--variant=minbase', '--dpkgopt=force-unsafe-io', '--aptopt=Acquire::Retries "5"', `--include=${present.join(',')}`];
  const command = ['mmdebstrap', '--mode=root', '--format=tar', ...options, `--customize-hook=${offer}`, suite, partial, '-'];
  try {
    const made = spawnSync('unshare', ['--mount', 'sh', '-c', inMemory, 'sh', work, ...command], {
      input,
      encoding: 'utf8',
      maxBuffer: 1 << 26,
      timeout: timeoutMs,
    });
    if (made.status !== 0) {
      const said = `${made.stderr}\n${made.error?.message ?? ''}`.trim().split('\n').slice(-12).join('\n');
      throw new Error(`mmdebstrap could not make a fresh Debian root. ${howToMend}\n${said}`);
    }
    renameSync(partial, file);
  } finally {
    rmSync(partial, { force: true });
    rmSync(work, { recursive: true, force: true });
  }
  for (const other of readdirSync(cacheDir))
    if (/^debian-root-[0-9a-f]+\.tar$/.test(other) && join(cacheDir, other) !== file) rmSync(join(cacheDir, other));
};

/** Who makes the root for a whole test run says so here. */
export const makerVariable = 'KEDGE_DEBIAN_ROOT_MAKER';

/** The tar; made first, in `timeoutMs`, or waited for, when it is not there. @throws Error that says how to mend it */
export const debianRoot = async (log: (line: string) => void = () => {}, timeoutMs = 280_000): Promise<string> => {
  const recipe = createHash('sha256').update([present, offered, offer, codename(), process.arch].join('\n')).digest('hex').slice(0, 12);
  const file = join(cacheDir, `debian-root-${recipe}.tar`);
  const maker = Number(process.env[makerVariable] ?? 0);
  if (!existsSync(file) && maker > 0)
    await waitFor('the fresh Debian root', () => existsSync(file) || !isAlive(maker), { timeoutMs: 500_000 });
  if (!existsSync(file)) make(file, log, timeoutMs);
  return file;
};

if (process.argv[1] === import.meta.filename) console.log(await debianRoot(console.log, 900_000));
