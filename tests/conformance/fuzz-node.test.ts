/** Spoiled requests over a socket, Node.js. */
import { startNode } from './fuzz/planes.ts';
import { fuzzSuite } from './fuzz/suite.ts';

fuzzSuite(startNode, 2_500);
