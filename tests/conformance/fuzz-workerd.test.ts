/** Spoiled requests over a socket, workerd. */
import { startWorkerd } from './fuzz/planes.ts';
import { fuzzSuite } from './fuzz/suite.ts';

fuzzSuite(startWorkerd, 1_200);
