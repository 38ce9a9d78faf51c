/**
 * Solves A·x = b for a symmetric A that is positive definite but for rounding, given by rows; A is overwritten. A pivot that rounding
 * has eaten up is raised, which shortens the step along it.
 */
export function solveSymmetric(a: Float64Array, b: Float64Array, x: Float64Array): void {
  const n = b.length;
  for (let column = 0; column < n; column++) {
    const diagonal = a[column * n + column] as number;
    let pivot = diagonal;
    for (let k = 0; k < column; k++) pivot -= (a[column * n + k] as number) ** 2;
    const root = Math.sqrt(Math.max(pivot, 1e-13 * diagonal, Number.MIN_VALUE));
    a[column * n + column] = root;
    for (let row = column + 1; row < n; row++) {
      let sum = a[row * n + column] as number;
      for (let k = 0; k < column; k++) sum -= (a[row * n + k] as number) * (a[column * n + k] as number);
      a[row * n + column] = sum / root;
    }
  }
  for (let row = 0; row < n; row++) {
    let sum = b[row] as number;
    for (let k = 0; k < row; k++) sum -= (a[row * n + k] as number) * (x[k] as number);
    x[row] = sum / (a[row * n + row] as number);
  }
  for (let row = n - 1; row >= 0; row--) {
    let sum = x[row] as number;
    for (let k = row + 1; k < n; k++) sum -= (a[k * n + row] as number) * (x[k] as number);
    x[row] = sum / (a[row * n + row] as number);
  }
}
