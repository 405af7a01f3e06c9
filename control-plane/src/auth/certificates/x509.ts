/**
 * The library that reads and writes certificates: an eighth of the Worker, so whoever needs it seldom imports what uses it when he does. Nothing else imports
 * it: its parts look for reflect-metadata as they are loaded, and only in one module is that first for certain.
 */
import 'reflect-metadata';

export * as x509 from '@peculiar/x509';
