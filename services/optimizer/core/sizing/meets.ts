/** A figure that is not a number meets no target. */
export function meets(value: number, target: number): boolean {
  return value <= target;
}
