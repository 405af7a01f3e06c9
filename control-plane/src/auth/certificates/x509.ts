/** The library that reads and writes certificates, an eighth of the Worker: whoever needs it seldom imports this file when he does. */
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

export { x509 };
