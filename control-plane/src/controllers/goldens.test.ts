/** Every `*.input.yaml` below controllers/ and scheduler/ against its `*.output.yaml`. UPDATE_GOLDENS=1 writes the outputs anew. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { decode } from '#schema/dsl/decode.ts';
import { renderGolden } from '../controller-runtime/golden.ts';
import { definitionOf } from '../controller-runtime/plain-world.ts';
import { controllers } from './controllers.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const inputs = ['controllers', 'scheduler']
  .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(root, folder, file)))
  .filter((file) => file.endsWith('.input.yaml'))
  .sort();

const withoutEmptyLists = (object: unknown): unknown =>
  JSON.parse(JSON.stringify(object), (_key, value) => (Array.isArray(value) && value.length === 0 ? undefined : value));

describe('golden decisions', () => {
  it.each(inputs.map((file) => [relative(root, file), file]))('%s', (_name, file) => {
    const output = file.replace(/\.input\.yaml$/, '.output.yaml');
    const rendered = renderGolden(readFileSync(file, 'utf8'), controllers);
    if (process.env.UPDATE_GOLDENS === '1') writeFileSync(output, rendered);
    expect(existsSync(output), `${output} is missing; write it with UPDATE_GOLDENS=1 and review it`).toBe(true);
    expect(rendered).toBe(readFileSync(output, 'utf8'));
  });

  // else the next writer, whose body is decoded, changes what it never touched: of a pod that is refused
  it.each(inputs.map((file) => [relative(root, file), file]))(
    '%s creates objects in the form in which a client would write them',
    (_name, file) => {
      const { changes } = parse(readFileSync(file.replace(/\.input\.yaml$/, '.output.yaml'), 'utf8'));
      for (const { create } of changes) {
        if (!create) continue;
        const { versions } = definitionOf(create);
        const schema = versions.find(({ version }) => create.apiVersion.endsWith(version))!.schema;
        expect(withoutEmptyLists(decode(schema, create).value)).toEqual(withoutEmptyLists(create));
      }
    },
  );
});
