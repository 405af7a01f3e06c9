/** `kedge dev-workers`: the same control plane on workerd. */
import type { Command } from '../cli.ts';
import { PersonError } from '../person-error.ts';

export const command: Command = async () => {
  throw new PersonError('dev-workers needs control-plane/src/platform/workers.ts.');
};
