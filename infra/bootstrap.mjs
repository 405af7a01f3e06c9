/**
 * The first file of every command: `node infra/bootstrap.mjs <command> ...`. Runs on any Node.js >= 20 with nothing installed: installs what the
 * lock file names when it is missing or other than installed, then hands over to infra/src/cli.ts on the Node.js of the lock file.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const fail = (line) => {
  console.error(`kedge: ${line}`);
  process.exit(1);
};

if (Number(process.versions.node.split('.')[0]) < 20) fail(`Node.js ${process.versions.node} is too old: Kedge needs 20 or newer.`);

const packagesOf = (file) => JSON.parse(readFileSync(join(root, file), 'utf8')).packages;

/** True when every package of the lock file is installed in its version; optional ones belong to other platforms. */
const isInstalled = () => {
  if (!existsSync(join(root, 'node_modules/.package-lock.json')) || !existsSync(join(root, 'node_modules/.bin/node'))) return false;
  const installed = packagesOf('node_modules/.package-lock.json');
  return Object.entries(packagesOf('package-lock.json')).every(
    ([path, { version, optional, devOptional, link }]) =>
      path === '' || link || (installed[path] ? installed[path].version === version : optional || devOptional),
  );
};

const run = (command, args, options) =>
  new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, ...options });
    child.on('error', (error) => fail(`${command}: ${error.message}`));
    child.on('exit', (code, signal) => resolve({ code, signal }));
  });

const install = async () => {
  const started = Date.now();
  console.log('Installing packages (once; about a minute) ...');
  const progress = setInterval(() => console.log(`  still installing, ${Math.round((Date.now() - started) / 1000)} s`), 10_000);
  const npm = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const [command, ...first] = npm;
  const { code } = await run(command, [...first, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], { stdio: 'inherit' });
  clearInterval(progress);
  if (code !== 0) fail(`npm ci ended with ${code}: see its message above.`);
  console.log(`Installed in ${Math.round((Date.now() - started) / 1000)} s.`);
};

if (!isInstalled()) await install();

const path = `${join(root, 'node_modules/.bin')}:${process.env.PATH ?? ''}`;
const child = spawn(join(root, 'node_modules/.bin/node'), [join(root, 'infra/src/cli.ts'), ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...process.env, PATH: path },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => fail(error.message));
child.on('exit', (code, signal) => {
  if (signal) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  } else process.exit(code ?? 1);
});
