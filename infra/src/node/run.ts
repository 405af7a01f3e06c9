/**
 * The agent as a service runs it: the node-agent itself, its credential renewed in time, and a file that says when it is Ready, for the launcher that takes a new
 * version back.
 */
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createLogger } from '#node-agent/clock.ts';
import { readConfig } from '#node-agent/config.ts';
import { createAgent } from '#node-agent/main.ts';
import { VERSION } from '#schema/version.ts';
import { readText, writePrivate } from '../cluster/folder.ts';
import { renewWhenDue } from './credential.ts';
import { stateFiles } from './layout.ts';

const lookMs = 3_600_000;

/** Until SIGTERM or SIGINT. @throws Error with one line when the configuration cannot be used */
export const runAgent = async (configFile: string): Promise<void> => {
  const config = readConfig(['--config', configFile]);
  const files = stateFiles(dirname(configFile));
  const log = createLogger(config.logLevel, (line) => void process.stderr.write(`${line}\n`));
  const stopping = new AbortController();
  const { signal } = stopping;
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stopping.abort());
  rmSync(files.ready, { force: true });
  writePrivate(files.pid, `${process.pid}\n`);
  const caPem = config.caFile === undefined ? undefined : readText(config.caFile);

  const keepCredential = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        const { server, serviceCIDR } = config;
        if (await renewWhenDue({ server, caPem, serviceCIDR, files, nowMs: Date.now() })) log.info('the credential was renewed');
      } catch (error) {
        log.warn('the credential could not be renewed', { error: (error as Error).message });
      }
      await delay(lookMs, undefined, { signal }).catch(() => undefined);
    }
  };

  const agent = createAgent(config, log);
  void agent.registered.then(() => process.stdout.write(`${JSON.stringify({ ready: true, node: config.nodeName })}\n`));
  void agent.ready.then(() => {
    writePrivate(files.ready, `${VERSION}\n`);
    log.info('the node is Ready', { node: config.nodeName });
  });
  await Promise.all([agent.run(signal), keepCredential()]);
  for (const file of [files.ready, files.pid]) rmSync(file, { force: true });
};
