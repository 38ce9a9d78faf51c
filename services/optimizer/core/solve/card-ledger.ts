/** Cards by accelerator type: how many there are, and how many are spoken for. */
export interface CardLedger {
  left(type: string): number;
  /** May take more than is left: what runs already runs. */
  take(type: string, count: number): void;
  used(type: string): number;
}

export function createCardLedger(cardsByType: ReadonlyMap<string, number>): CardLedger {
  const usedByType = new Map<string, number>();
  const used = (type: string): number => usedByType.get(type) ?? 0;
  return {
    left: (type) => Math.max(0, (cardsByType.get(type) ?? 0) - used(type)),
    take: (type, count) => void usedByType.set(type, used(type) + count),
    used,
  };
}
