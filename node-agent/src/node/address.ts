/** The address this machine has towards others: what pods report as hostIP and the node as InternalIP. */
import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';

/** Documentation range: connecting a UDP socket sends nothing, it only asks the routing table. */
const SOMEWHERE = '192.0.2.1';

const bySocket = async (): Promise<string | undefined> => {
  const socket = createSocket('udp4');
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.connect(9, SOMEWHERE, resolve);
    });
    return socket.address().address;
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
};

/** Interfaces that container engines make: their addresses mean nothing to other machines. */
const CONTAINER_INTERFACE = /^(docker|br-|veth|kg-|cni|flannel|virbr)/;

/** Falls back to the first real interface, then to loopback on a machine without network. */
export const nodeAddress = async (): Promise<string> => {
  const routed = await bySocket();
  if (routed && routed !== '0.0.0.0') return routed;
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    if (CONTAINER_INTERFACE.test(name)) continue;
    const found = addresses?.find(({ family, internal }) => family === 'IPv4' && !internal);
    if (found) return found.address;
  }
  return '127.0.0.1';
};
