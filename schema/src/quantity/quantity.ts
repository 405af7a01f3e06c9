/**
 * resource.Quantity with exact arithmetic. A quantity is a whole number of billionths (upstream's finest unit) and the suffix family it was
 * written in, which decides how it is printed. Finer values round away from zero; values beyond 2^63-1 saturate, as upstream.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */

export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

export interface Quantity {
  /** The value in billionths. */
  readonly nano: bigint;
  /** The value in thousandths, rounded up. */
  readonly milli: bigint;
  readonly format: QuantityFormat;
}

/** The text is not a quantity. The message has upstream's wording. */
export class QuantityError extends Error {
  override readonly name = 'QuantityError';
}

const WRONG_FORMAT = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const WRONG_SUFFIX = "unable to parse quantity's suffix";
/** Longest text that is looked at: a hostile number must not cost more than its reading. */
const MAX_TEXT = 256;
const MAX_NANO = ((1n << 63n) - 1n) * 1_000_000_000n;

const decimalSuffixes: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const decimalNames = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'] as const;
const binaryNames = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;

const divideUp = (n: bigint, by: bigint): bigint => {
  const q = n / by;
  return q * by === n ? q : n > 0n ? q + 1n : q - 1n;
};

const quantity = (nano: bigint, format: QuantityFormat): Quantity => {
  const capped = nano > MAX_NANO ? MAX_NANO : nano < -MAX_NANO ? -MAX_NANO : nano;
  return { nano: capped, milli: divideUp(capped, 1_000_000n), format };
};

/** digits * 10^exponent in billionths, rounded away from zero and saturated. */
const scaled = (digits: string, exponent: number): bigint => {
  const mantissa = BigInt(digits === '' ? '0' : digits);
  if (mantissa === 0n) return 0n;
  const shift = exponent + 9;
  if (shift >= 0) return shift > 40 ? MAX_NANO : mantissa * 10n ** BigInt(shift);
  return -shift > MAX_TEXT + 40 ? 1n : divideUp(mantissa, 10n ** BigInt(-shift));
};

/** @throws QuantityError */
export const parseQuantity = (text: string): Quantity => {
  if (text === '' || text.length > MAX_TEXT) throw new QuantityError(WRONG_FORMAT);
  const parts = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([a-zA-Z]*[-+]?[0-9]*)$/.exec(text);
  if (!parts) throw new QuantityError(WRONG_FORMAT);
  const [, sign, whole = '', fraction = '', suffix = ''] = parts;
  if (whole === '' && fraction === '') throw new QuantityError(WRONG_FORMAT);
  const digits = whole + fraction;
  const make = (nano: bigint, format: QuantityFormat): Quantity => quantity(sign === '-' ? -nano : nano, format);

  if (Object.hasOwn(decimalSuffixes, suffix)) return make(scaled(digits, decimalSuffixes[suffix]! - fraction.length), 'DecimalSI');
  const binary = binaryNames.indexOf(suffix as 'Ki');
  if (binary > 0) {
    const shift = 9 - fraction.length;
    const units = BigInt(digits) << BigInt(10 * binary);
    return make(shift >= 0 ? units * 10n ** BigInt(shift) : divideUp(units, 10n ** BigInt(-shift)), 'BinarySI');
  }
  const exponent = /^[eE]([-+]?[0-9]+)$/.exec(suffix);
  if (!exponent) throw new QuantityError(/^[eEinumkKMGTP]*[-+]?[0-9]*$/.test(suffix) ? WRONG_SUFFIX : WRONG_FORMAT);
  const power = Math.max(-1_000_000, Math.min(1_000_000, Number(exponent[1])));
  return make(scaled(digits, power - fraction.length), 'DecimalExponent');
};

/** The canonical text: no fraction, no lost precision, the largest suffix that allows both. */
export const formatQuantity = ({ nano, format }: Pick<Quantity, 'nano' | 'format'>): string => {
  if (nano === 0n) return '0';
  if (format === 'BinarySI') {
    const size = nano < 0n ? -nano : nano;
    if (size >= 1024n * 1_000_000_000n && nano % 1_000_000_000n === 0n) {
      let units = nano / 1_000_000_000n;
      let step = 0;
      while (units % 1024n === 0n && step < 6) {
        units /= 1024n;
        step++;
      }
      return `${units}${binaryNames[step]}`;
    }
  }
  let units = nano;
  let step = 0;
  while (units % 1000n === 0n && step < 9) {
    units /= 1000n;
    step++;
  }
  if (format !== 'DecimalExponent') return `${units}${decimalNames[step]}`;
  return step === 3 ? `${units}` : `${units}e${(step - 3) * 3}`;
};

/** Upstream's canonical form of a quantity: `0.5` is `500m`, `1024Mi` is `1Gi`. @throws QuantityError */
export const canonical = (text: string): string => {
  // the forms clients write most are canonical already
  if (/^[1-9][0-9]?[0-9]?(?:m|Ki|Mi|Gi|k|M|G)?$/.test(text)) return text;
  return formatQuantity(parseQuantity(text));
};

/** Thousandths, rounded up: the millicores of a cpu quantity. @throws QuantityError */
export const toMilli = (text: string): number => Number(parseQuantity(text).milli);

/** Whole units, rounded up: the bytes of a memory quantity, a count. @throws QuantityError */
export const value = (text: string): number => Number(divideUp(parseQuantity(text).nano, 1_000_000_000n));

/** `value` under the name that says the unit. @throws QuantityError */
export const toBytes = value;

/** -1, 0 or 1. @throws QuantityError */
export const compare = (a: string, b: string): -1 | 0 | 1 => {
  const left = parseQuantity(a).nano;
  const right = parseQuantity(b).nano;
  return left < right ? -1 : left > right ? 1 : 0;
};

const combine = (a: string, b: string, nano: (left: bigint, right: bigint) => bigint): string => {
  const left = parseQuantity(a);
  const right = parseQuantity(b);
  // upstream: a zero takes the format of what is added to it
  const format = left.nano === 0n ? right.format : left.format;
  return formatQuantity(quantity(nano(left.nano, right.nano), format));
};

/** The sum, printed in the format of the first. @throws QuantityError */
export const add = (a: string, b: string): string => combine(a, b, (left, right) => left + right);

/** The difference, printed in the format of the first. @throws QuantityError */
export const sub = (a: string, b: string): string => combine(a, b, (left, right) => left - right);

/** Canonical text of thousandths: 1500 is `1500m`, 2000 is `2`. The number must be an integer. */
export const formatMilli = (milli: number): string => formatQuantity({ nano: BigInt(milli) * 1_000_000n, format: 'DecimalSI' });

/** Canonical text of whole bytes in binary suffixes: 1073741824 is `1Gi`. The number must be an integer. */
export const formatBytes = (bytes: number): string => formatQuantity({ nano: BigInt(bytes) * 1_000_000_000n, format: 'BinarySI' });
