/** Every `*.input.yaml` below controllers/ and scheduler/ against its `*.output.yaml`. UPDATE_GOLDENS=1 writes the outputs anew. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { renderGolden } from '../controller-runtime/golden.ts';
import { controllers } from './controllers.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const inputs = ['controllers', 'scheduler']
  .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(root, folder, file)))
  .filter((file) => file.endsWith('.input.yaml'))
  .sort();

describe('golden decisions', () => {
  it.each(inputs.map((file) => [relative(root, file), file]))('%s', (_name, file) => {
    const output = file.replace(/\.input\.yaml$/, '.output.yaml');
    const rendered = renderGolden(readFileSync(file, 'utf8'), controllers);
    if (process.env.UPDATE_GOLDENS === '1') writeFileSync(output, rendered);
    expect(existsSync(output), `${output} is missing; write it with UPDATE_GOLDENS=1 and review it`).toBe(true);
    expect(rendered).toBe(readFileSync(output, 'utf8'));
  });
});
