/** The start of an isolate: importing the Worker, and the insides of its objects, derives nothing from the schema. What a request needs of it is made by that request. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const script = `
  import { registerHooks } from 'node:module';
  const plans = [];
  const set = WeakMap.prototype.set;
  WeakMap.prototype.set = function (key, value) {
    if (value?.byNumber instanceof Map) plans.push(key.name);
    return set.call(this, key, value);
  };
  const runtime = 'export class DurableObject {} export class WorkerEntrypoint {} export const waitUntil = () => {}; export const env = {};';
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'cloudflare:workers' ? { url: 'data:text/javascript,' + encodeURIComponent(runtime), shortCircuit: true } : next(specifier, context),
  });
  const [main, ...insides] = process.argv.slice(1);
  const worker = await import(main);
  for (const inside of insides) await import(inside);
  const atImport = plans.length;
  const { pods } = await import('#schema/core/pod.ts');
  const { planOf } = await import('#schema/dsl/plan.ts');
  planOf(pods.versions[0].schema);
  console.log(JSON.stringify({ exported: Object.keys(worker).sort(), atImport: plans.slice(0, atImport), after: plans.length > atImport }));
`;

it('builds no schema', async () => {
  const modules = ['./worker.ts', './hub-core.ts', './loop-start.ts'].map((name) => new URL(name, import.meta.url).href);
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, ...modules], {
    cwd: new URL('../../../../', import.meta.url).pathname,
  });
  expect(JSON.parse(stdout)).toEqual({ exported: ['HubObject', 'LoopObject', 'RelayObject', 'default'], atImport: [], after: true });
});
