/** The time format of Kubernetes metadata and conditions: whole seconds, UTC. 1700000000123 → `2023-11-14T22:13:20Z`. */
export function toTimestamp(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}

/** Milliseconds since the epoch; undefined for what is absent or no time. */
export function fromTimestamp(text: string | undefined): number | undefined {
  const epochMs = Date.parse(text ?? '');
  return Number.isNaN(epochMs) ? undefined : epochMs;
}
