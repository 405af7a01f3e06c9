/**
 * Type-checks every TypeScript project of the repository, two at a time. The projects differ in which globals exist:
 * `schema`, `controllers`, `scheduler` and `pods/plan` have none, `control-plane` has web standards and Workers, the rest has Node.js.
 */
import { spawn } from 'node:child_process';

const projects = [
  'tsconfig.json',
  'control-plane/tsconfig.json',
  'schema/tsconfig.json',
  'control-plane/src/controllers/tsconfig.json',
  'control-plane/src/scheduler/tsconfig.json',
  'node-agent/src/pods/tsconfig.json',
];

const check = (project: string): Promise<boolean> =>
  new Promise((resolve) => {
    const child = spawn('node_modules/.bin/tsc', ['-p', project], { stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('close', (code) => {
      if (code !== 0) console.error(`types: ${project} failed`);
      resolve(code === 0);
    });
  });

let failed = false;
for (let i = 0; i < projects.length; i += 2) {
  const results = await Promise.all(projects.slice(i, i + 2).map(check));
  if (results.includes(false)) failed = true;
}
process.exit(failed ? 1 : 0);
