/** Types that an expression may name, as in `type(x) == string`. */
import { TypeValue } from './values.ts';

const names = [
  ...['bool', 'int', 'uint', 'double', 'string', 'bytes', 'list', 'map', 'null_type', 'type', 'optional_type'],
  ...['google.protobuf.Timestamp', 'google.protobuf.Duration', 'net.IP', 'net.CIDR', 'kubernetes.Quantity', 'kubernetes.URL'],
];

export const typeNames: ReadonlyMap<string, TypeValue> = new Map(names.map((name) => [name, new TypeValue(name)]));
