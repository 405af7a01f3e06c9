/** What the whole machine uses, of /proc. Zero where a file is missing. */
import { readFile } from 'node:fs/promises';
import type { ContainerUsage } from '../runtime/runtime.ts';

/** The kernel counts processor time for /proc in hundredths of a second on every platform Node.js runs on. */
const NANOSECONDS_A_TICK = 10_000_000;

/** Of /proc/stat: user, nice, system, irq, softirq and steal; guests are in user already. */
export const processorNanoseconds = (stat: string): number => {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = (/^cpu +(.*)$/m.exec(stat)?.[1] ?? '')
    .split(' ')
    .map(Number);
  return (user + nice + system + irq + softirq + steal) * NANOSECONDS_A_TICK;
};

/** Of /proc/meminfo: what is used without file pages that the kernel can drop at will. */
export const memoryBytes = (meminfo: string): number => {
  const kibi = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(meminfo)?.[1] ?? 0);
  return Math.max(0, kibi('MemTotal') - kibi('MemFree') - kibi('Inactive\\(file\\)')) * 1024;
};

export const readMachineUsage = async (): Promise<ContainerUsage> => {
  const text = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
  const [stat, meminfo] = await Promise.all([text('/proc/stat'), text('/proc/meminfo')]);
  return { cpuNanoseconds: processorNanoseconds(stat), memoryBytes: memoryBytes(meminfo) };
};
