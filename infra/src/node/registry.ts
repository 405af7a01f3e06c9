/** The npm registry of this installation: where machines without a Node.js fetch one by exact version and integrity. */
import { execFile } from 'node:child_process';
import { PersonError } from '../person-error.ts';

const form = /^https:\/\/[A-Za-z0-9.-]+(:\d+)?(\/[A-Za-z0-9._-]+)*\/$/;

const configured = (): Promise<string> =>
  new Promise((resolve) => {
    execFile('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }, (error, stdout) => resolve(error ? '' : stdout.trim()));
  });

/** Ends with a slash. `named`: npm_config_registry; npm is asked when it is absent. @throws PersonError unless it is an https address without a password */
export const registryBase = async (named: string | undefined): Promise<string> => {
  const base = `${named || (await configured())}`.replace(/\/*$/, '/');
  if (!form.test(base))
    throw new PersonError(
      'Machines without a Node.js fetch one from the npm registry, and the one of this installation is no plain https:// address: name one with npm_config_registry.',
    );
  return base;
};
