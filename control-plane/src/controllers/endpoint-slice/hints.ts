/**
 * Which zones and nodes should use an endpoint, as its Service asks: by the annotation service.kubernetes.io/topology-mode (shares of zones), or
 * by spec.trafficDistribution (where the endpoint is). Only ready endpoints carry hints.
 * @see https://kubernetes.io/docs/reference/networking/virtual-ips/#traffic-distribution
 */

import type { Node } from '#schema/core/node.ts';
import type { Service } from '#schema/core/service.ts';
import type { Endpoint } from '#schema/discovery/endpoint-slice.ts';
import { getOwn } from '#schema/dsl/own.ts';
import type { Change } from '../../controller-runtime/controller.ts';
import type { ConditionalNote } from '../../controller-runtime/engine.ts';
import type { Draft } from './drafts.ts';
import { hintByShares } from './zone-shares.ts';

const MODE = 'service.kubernetes.io/topology-mode';
/** The older name, which wins where both are set. */
const OLD_MODE = 'service.kubernetes.io/topology-aware-hints';

export const usesZoneShares = ({ metadata: { annotations = {} } }: Service): boolean =>
  ['Auto', 'auto'].includes(annotations[OLD_MODE] ?? annotations[MODE] ?? '');

const placeOf: Readonly<Record<string, (endpoint: Endpoint) => Endpoint['hints']>> = {
  PreferClose: ({ zone }) => (zone ? { forZones: [{ name: zone }] } : undefined),
  PreferSameZone: ({ zone }) => (zone ? { forZones: [{ name: zone }] } : undefined),
  PreferSameNode: ({ zone, nodeName }) =>
    zone || nodeName
      ? { ...(zone ? { forZones: [{ name: zone }] } : {}), ...(nodeName ? { forNodes: [{ name: nodeName }] } : {}) }
      : undefined,
};

/** Writes hints into fresh drafts; the reason when zones should have shares and cannot. */
export const addHints = (service: Service, drafts: readonly Draft[], nodes: () => readonly Node[]): string | undefined => {
  if (usesZoneShares(service)) return hintByShares(drafts, nodes());
  const { trafficDistribution = '' } = service.spec;
  const hintsOf = getOwn(placeOf, trafficDistribution);
  if (!hintsOf) return undefined;
  for (const draft of drafts) {
    draft.endpoints = draft.endpoints.map((endpoint) => {
      const hints = endpoint.conditions?.ready ? hintsOf(endpoint) : undefined;
      return hints ? { ...endpoint, hints } : endpoint;
    });
  }
  return undefined;
};

const haveHints = (endpoints: readonly Endpoint[] | undefined): boolean => endpoints?.some(({ hints }) => hints !== undefined) ?? false;

/** Tells when shares of zones begin or cease to decide, or still cannot when slices are written. */
export const noteHints = (
  service: Service,
  drafts: readonly Draft[],
  reason: string | undefined,
  changes: readonly Change[],
): ConditionalNote[] => {
  const [after] = changes;
  const before = drafts.some(({ slice }) => haveHints(slice?.endpoints));
  const now = drafts.some(({ endpoints }) => haveHints(endpoints));
  if (!after || !usesZoneShares(service)) return [];
  if (reason !== undefined) {
    return [{ about: service, type: 'Warning', reason: 'TopologyAwareHintsDisabled', message: `${reason}, addressType: IPv4`, after }];
  }
  const message = 'Topology Aware Hints has been enabled, addressType: IPv4';
  return now && !before ? [{ about: service, type: 'Normal', reason: 'TopologyAwareHintsEnabled', message, after }] : [];
};
