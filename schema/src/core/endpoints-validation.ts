/** What Endpoints must be. */
import { problems } from '../meta/checks.ts';
import type { FieldError } from '../resource.ts';
import { required } from '../validation/errors.ts';
import { validateIP } from '../validation/ip.ts';
import { isDNS1123Label, isValidPortNum } from '../validation/names.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import type { EndpointSubset, Endpoints } from './endpoints.ts';

export const validateEndpoints = (endpoints: Endpoints, old?: Endpoints): FieldError[] => [
  ...validateObjectMeta(endpoints.metadata, { namespaced: true }, old?.metadata),
  ...(endpoints.subsets ?? []).flatMap((subset, i) => validateSubset(subset, `subsets[${i}]`)),
];

const validateSubset = ({ addresses = [], notReadyAddresses = [], ports = [] }: EndpointSubset, path: string): FieldError[] => {
  if (addresses.length === 0 && notReadyAddresses.length === 0) {
    return [required(path, 'must specify `addresses` or `notReadyAddresses`')];
  }
  return [
    ...addresses.flatMap(({ ip }, i) => validateIP(`${path}.addresses[${i}].ip`, ip)),
    ...notReadyAddresses.flatMap(({ ip }, i) => validateIP(`${path}.notReadyAddresses[${i}].ip`, ip)),
    ...ports.flatMap(({ name, port }, i) => {
      const at = `${path}.ports[${i}]`;
      const errors = problems(`${at}.port`, port, isValidPortNum(port));
      if (name) errors.push(...problems(`${at}.name`, name, isDNS1123Label(name)));
      else if (ports.length > 1) errors.push(required(`${at}.name`));
      return errors;
    }),
  ];
};
