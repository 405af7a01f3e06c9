/**
 * `node tests/harness/debian-root.ts`: makes `tests/.cache/debian-root` with debootstrap, a Debian as it comes, for bare-machine.ts. It takes a minute or two and a
 * network, so the tests use it where it is and do without where it is not. Root on Debian or Ubuntu, with debootstrap installed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from './paths.ts';

const target = join(cacheDir, 'debian-root');
/** Absent: debootstrap's own. */
const mirror = process.argv.slice(2, 3);
const packages = 'curl,ca-certificates,nftables,iproute2,iptables,conntrack,systemd';

if (!existsSync(target)) {
  const partial = `${target}.new`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(cacheDir, { recursive: true });
  const { status } = spawnSync('debootstrap', ['--variant=minbase', `--include=${packages}`, 'bookworm', partial, ...mirror], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('debootstrap failed: see above');
  rmSync(join(partial, 'var/cache/apt/archives'), { recursive: true, force: true });
  renameSync(partial, target);
}
console.log(target);
