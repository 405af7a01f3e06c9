/** Kubernetes' quantities: `quantity("1Gi").isLessThan(quantity("2Gi"))`. */
import { add, formatQuantity, parseQuantity, type Quantity, sub } from '../../quantity/quantity.ts';
import { CelError } from '../errors.ts';
import type { Library } from '../overloads.ts';
import type { Opaque } from '../values.ts';
import { int } from './operators.ts';

const UNIT = 1_000_000_000n;
const K = 'kubernetes.Quantity';

class QuantityValue implements Opaque {
  readonly opaque = K;
  readonly of: Quantity;
  constructor(of: Quantity) {
    this.of = of;
  }
  key(): string {
    return String(this.of.nano);
  }
}

const parsed = (text: string): Quantity | undefined => {
  try {
    return parseQuantity(text);
  } catch {
    return undefined;
  }
};

const quantityOf = (text: string): QuantityValue => {
  const of = parsed(text);
  if (!of) throw new CelError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
  return new QuantityValue(of);
};

const compare = (a: QuantityValue, b: QuantityValue): bigint => (a.of.nano < b.of.nano ? -1n : a.of.nano > b.of.nano ? 1n : 0n);
const ofWhole = (value: bigint): QuantityValue => quantityOf(String(value));
const combined = (by: typeof add, a: QuantityValue, b: QuantityValue): QuantityValue =>
  quantityOf(by(formatQuantity(a.of), formatQuantity(b.of)));

const isWhole = ({ of }: QuantityValue): boolean => of.nano % UNIT === 0n;

const whole = (value: QuantityValue): bigint => {
  if (!isWhole(value)) throw new CelError('cannot convert value to integer');
  return int(value.of.nano / UNIT);
};

export const quantities: Library = {
  [`quantity(string): ${K}`]: ([text]) => quantityOf(text),
  'isQuantity(string): bool': ([text]) => parsed(text) !== undefined,
  [`${K}.sign(): int`]: ([value]) => (value.of.nano === 0n ? 0n : value.of.nano > 0n ? 1n : -1n),
  [`${K}.isGreaterThan(${K}): bool`]: ([a, b]) => compare(a, b) > 0n,
  [`${K}.isLessThan(${K}): bool`]: ([a, b]) => compare(a, b) < 0n,
  [`${K}.compareTo(${K}): int`]: ([a, b]) => compare(a, b),
  [`${K}.add(${K}): ${K}`]: ([a, b]) => combined(add, a, b),
  [`${K}.add(int): ${K}`]: ([a, b]) => combined(add, a, ofWhole(b)),
  [`${K}.sub(${K}): ${K}`]: ([a, b]) => combined(sub, a, b),
  [`${K}.sub(int): ${K}`]: ([a, b]) => combined(sub, a, ofWhole(b)),
  [`${K}.isInteger(): bool`]: ([value]) => isWhole(value),
  [`${K}.asInteger(): int`]: ([value]) => whole(value),
  [`${K}.asApproximateFloat(): double`]: ([value]) => Number(value.of.nano) / 1e9,
};
