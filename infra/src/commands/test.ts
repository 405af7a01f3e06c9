/** `npm test`: everything, real Docker included. The work is in tests/run.ts. */
import { runTests } from '#tests/run.ts';
import type { Command } from '../commands.ts';

export const command: Command = ({ args }) => runTests(args);
