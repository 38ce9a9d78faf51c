/**
 * Whether two wire objects say the same. Absent, null, empty object and empty list are one and the same, as for Kubernetes, whose
 * encoders drop or keep them by field; the order of keys is of no meaning, that of lists is.
 */
export function isSameContent(left: unknown, right: unknown): boolean {
  return canonicalText(left) === canonicalText(right);
}

/** One text per content, fit for comparing and hashing. */
export function canonicalText(value: unknown): string {
  return JSON.stringify(canonical(value) ?? null);
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((item) => canonical(item) ?? null);
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  const entries = Object.entries(value)
    .map(([key, field]) => [key, canonical(field)] as const)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
