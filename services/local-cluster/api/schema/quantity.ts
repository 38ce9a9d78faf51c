const binaryExponents: Readonly<Record<string, bigint>> = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n };
const decimalExponents: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const decimalSuffixes = new Map(Object.entries(decimalExponents).map(([suffix, exponent]) => [exponent, suffix]));

const nanosPerUnit = 10n ** 9n;
const quantityPattern = /^([+-]?)(\d+\.?\d*|\.\d+)(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/;

export type QuantityFormat = 'binary' | 'decimal' | 'exponent';

export interface Quantity {
  /** The amount in 1e-9 units, rounded away from zero as Kubernetes rounds what is finer. */
  nanos: bigint;
  format: QuantityFormat;
}

/** Parses a resource quantity such as `500m`, `1.5Gi`, `2e3`; undefined where it is none. */
export function parseQuantity(text: string): Quantity | undefined {
  const match = quantityPattern.exec(text);
  if (match === null) return undefined;
  const [, sign = '', digits = '0', exponent, suffix = ''] = match;
  const [whole = '', fraction = ''] = digits.split('.');
  const mantissa = BigInt(`${whole}${fraction}` || '0');
  const tens = -fraction.length + 9 + (exponent === undefined ? (decimalExponents[suffix] ?? 0) : Number(exponent.slice(1)));
  const shift = binaryExponents[suffix] ?? 0n;
  if (Math.abs(tens) > 100) return undefined;
  const nanos = tens >= 0 ? (mantissa * 10n ** BigInt(tens)) << shift : divideUp(mantissa << shift, 10n ** BigInt(-tens));
  return { nanos: sign === '-' ? -nanos : nanos, format: formatOf(exponent, suffix) };
}

function formatOf(exponent: string | undefined, suffix: string): QuantityFormat {
  if (exponent !== undefined) return 'exponent';
  return suffix in binaryExponents ? 'binary' : 'decimal';
}

/** The one spelling that Kubernetes stores: the largest suffix that leaves a whole number. `0.5` → `500m`, `1024Mi` → `1Gi`. */
export function formatQuantity({ nanos, format }: Quantity): string {
  if (nanos === 0n) return '0';
  const magnitude = nanos < 0n ? -nanos : nanos;
  const sign = nanos < 0n ? '-' : '';
  // Below 1024, and for fractions, the binary form has no suffix to offer.
  if (format === 'binary' && magnitude % nanosPerUnit === 0n && magnitude / nanosPerUnit >= 1024n) {
    return sign + binaryText(magnitude / nanosPerUnit);
  }
  let exponent = -9;
  let mantissa = magnitude;
  while (mantissa % 1000n === 0n && exponent < 18) {
    mantissa /= 1000n;
    exponent += 3;
  }
  if (format === 'exponent') return `${sign}${mantissa}${exponent === 0 ? '' : `e${exponent}`}`;
  return `${sign}${mantissa}${decimalSuffixes.get(exponent) ?? ''}`;
}

function binaryText(units: bigint): string {
  let best = String(units);
  for (const [suffix, exponent] of Object.entries(binaryExponents)) {
    if (units % (1n << exponent) !== 0n) break;
    best = `${units >> exponent}${suffix}`;
  }
  return best;
}

/** True where the quantity has no fraction of a unit. */
export function isWholeQuantity(quantity: Quantity): boolean {
  return quantity.nanos % nanosPerUnit === 0n;
}

function divideUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}
