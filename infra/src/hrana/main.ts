/** `node infra/src/hrana/main.ts --path FILE [--port 8080] [--host ADDRESS] [--token TEXT] [--latency MS] [--drop-rate SHARE] [--seed N]`: the server as a process. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { startHranaServer } from './server.ts';

const { values } = parseArgs({
  options: {
    path: { type: 'string' },
    port: { type: 'string', default: '8080' },
    host: { type: 'string', default: '127.0.0.1' },
    token: { type: 'string' },
    latency: { type: 'string', default: '0' },
    'drop-rate': { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
  },
});
if (values.path === undefined) {
  console.error('hrana: --path FILE is missing');
  process.exit(2);
}
mkdirSync(dirname(values.path), { recursive: true });
const server = await startHranaServer({
  path: values.path,
  port: Number(values.port),
  host: values.host,
  ...(values.token === undefined ? {} : { authToken: values.token }),
  latencyMs: Number(values.latency),
  dropRate: Number(values['drop-rate']),
  seed: Number(values.seed),
});
console.log(`libSQL over HTTP on ${server.url}, database ${values.path}`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close());
