/**
 * The Worker's modules, as wrangler.toml's [build] asks for them: `node bundle.mjs [ENTRY] [FOLDER]`. What the start needs is in the entry and the chunks it
 * imports; what stands behind an `import()` is a module of its own, which workerd compiles when it is first asked for. The folder then holds this and no
 * more, and a module that is there already is not touched: two builds of one tree may run at once. Plain JavaScript: any Node.js that runs wrangler runs it.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const workers = join(root, 'control-plane/src/platform/workers');
const [entry = join(workers, 'worker.ts'), folder = join(root, '.wrangler/worker')] = process.argv.slice(2).map((path) => resolve(path));

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: { worker: entry },
  outdir: folder,
  outExtension: { '.js': '.mjs' },
  chunkNames: '[name]-[hash]',
  write: false,
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2024',
  minify: true,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  platform: 'browser',
  conditions: ['workerd', 'worker', 'browser'],
  external: ['cloudflare:*', 'node:*'],
  alias: { util: join(workers, 'util.ts') },
  define: { 'process.env.NODE_ENV': '"production"' },
});

const present = (path) => {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
};

mkdirSync(folder, { recursive: true });
for (const { path, contents } of outputFiles) {
  if (present(path)?.equals(contents)) continue;
  const scratch = join(dirname(path), `.${basename(path)}.${process.pid}`);
  writeFileSync(scratch, contents);
  renameSync(scratch, path);
}
const made = new Set(outputFiles.map(({ path }) => basename(path)));
for (const name of readdirSync(folder))
  if (/^[^.].*\.mjs(\.map)?$/.test(name) && !made.has(name)) rmSync(join(folder, name), { force: true });
