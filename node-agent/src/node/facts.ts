/** What is read from the machine for its Node object. Everything has an answer where the file is missing. */
import { readFile, statfs } from 'node:fs/promises';

const text = async (path: string): Promise<string> => (await readFile(path, 'utf8').catch(() => '')).trim();

export interface MachineIdentity {
  readonly machineID: string;
  readonly systemUUID: string;
  readonly bootID: string;
}

export const readMachineIdentity = async (): Promise<MachineIdentity> => {
  const machineID = await text('/etc/machine-id');
  return {
    machineID,
    systemUUID: (await text('/sys/class/dmi/id/product_uuid')) || machineID,
    bootID: await text('/proc/sys/kernel/random/boot_id'),
  };
};

export interface Pressure {
  /** undefined: this machine does not say. */
  readonly memoryAvailableBytes?: number;
  readonly diskFreeShare?: number;
  readonly pids?: { readonly used: number; readonly max: number };
}

/** `dir`: a folder on the disk that pods' volumes use. */
export const readPressure = async (dir: string): Promise<Pressure> => {
  const kib = /^MemAvailable:\s+(\d+)/m.exec(await text('/proc/meminfo'))?.[1];
  const disk = await statfs(dir).catch(() => undefined);
  const max = Number(await text('/proc/sys/kernel/pid_max'));
  const used = Number((await text('/proc/loadavg')).split(' ')[3]?.split('/')[1] ?? 0);
  return {
    ...(kib ? { memoryAvailableBytes: Number(kib) * 1024 } : {}),
    ...(disk && disk.blocks > 0 ? { diskFreeShare: disk.bavail / disk.blocks } : {}),
    ...(max > 0 && used > 0 ? { pids: { used, max } } : {}),
  };
};
