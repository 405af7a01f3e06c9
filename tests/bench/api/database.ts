/** A libSQL server as a process, with the ready line that a parent waits for: `--path FILE --port N`. */
import { parseArgs } from 'node:util';
import { startHranaServer } from '#infra/hrana/server.ts';

const { values } = parseArgs({ options: { path: { type: 'string' }, port: { type: 'string' } } });
const server = await startHranaServer({ path: values.path!, port: Number(values.port) });
process.once('SIGTERM', () => void server.close().then(() => process.exit(0)));
process.stdout.write(`${JSON.stringify({ ready: true, url: server.url })}\n`);
