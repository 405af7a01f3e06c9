/** The service manager of this machine: systemd where it runs, nobody elsewhere. */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { PersonError } from '../person-error.ts';
import { unitName } from './layout.ts';

export interface Service {
  /** False: nobody starts and stops the agent here. */
  readonly managed: boolean;
  /** `active`, `failed`, ...; '' where nobody knows. */
  state(): string;
  restart(): void;
  /** Stops it and forgets the unit. */
  remove(unit: string): void;
}

const systemctl = (...args: string[]) => spawnSync('systemctl', args, { encoding: 'utf8' });

const must = (...args: string[]): void => {
  const { status, stderr } = systemctl(...args);
  if (status !== 0) throw new PersonError(`systemctl ${args.join(' ')} failed: ${stderr.trim()}`);
};

export const systemd: Service = {
  managed: existsSync('/run/systemd/system'),
  state: () => (existsSync('/run/systemd/system') ? systemctl('is-active', unitName).stdout.trim() : ''),
  restart: () => must('restart', unitName),
  remove: (unit) => {
    if (existsSync('/run/systemd/system')) systemctl('disable', '--now', unitName);
    rmSync(unit, { force: true });
    if (existsSync('/run/systemd/system')) systemctl('daemon-reload');
  },
};
