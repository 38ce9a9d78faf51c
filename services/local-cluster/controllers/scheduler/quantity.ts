const QUANTITY = /^([+-]?)(\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d+)|([numkMGTPE]|[KMGTPE]i))?$/;
const DECIMAL_EXPONENTS: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY_EXPONENTS: Readonly<Record<string, bigint>> = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n };
const LARGEST_EXPONENT = 60;

/**
 * A Kubernetes quantity in thousandths, rounded up to a whole number: `250m` → 250, `0.5` → 500, `1Ki` → 1 024 000, `2e3` →
 * 2 000 000. Exact by integer arithmetic, so that ten times `100m` are `1`. Undefined for what is no quantity.
 */
export function milliOf(quantity: string | number): number | undefined {
  const match = QUANTITY.exec(String(quantity).trim());
  if (match === null) return undefined;
  const [, sign, digits = '', exponent, suffix = ''] = match;
  const [whole = '', fraction = ''] = digits.split('.');
  const tens = 3 - fraction.length + (exponent === undefined ? (DECIMAL_EXPONENTS[suffix] ?? 0) : Number(exponent));
  if (Math.abs(tens) > LARGEST_EXPONENT) return undefined;
  const mantissa = BigInt(whole + fraction) << (BINARY_EXPONENTS[suffix] ?? 0n);
  const milli = tens >= 0 ? mantissa * 10n ** BigInt(tens) : ceilDivide(mantissa, 10n ** BigInt(-tens));
  return sign === '-' ? -Number(milli) : Number(milli);
}

function ceilDivide(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}
