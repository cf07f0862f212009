/**
 * Quantiles of Student's distribution as polynomials, since ONNX has no operator for them. Seen as a function of u = 1/ν from 0 (the
 * normal distribution) to 1/2 a quantile is smooth, and one polynomial of degree 10 is right to 6e-10 of it.
 */

const degree = 10;
const largestInverse = 0.5;

/**
 * The polynomial's coefficients in v = 4/ν − 1, the highest power first, by interpolation in Chebyshev's points.
 * @param probability - between 0.001 and 0.999
 */
export function studentTQuantilePolynomial(probability: number): readonly number[] {
  if (probability > 0.5) return studentTQuantilePolynomial(1 - probability).map((value) => -value);
  const count = degree + 1;
  const angles = Array.from({ length: count }, (_, index) => (Math.PI * (index + 0.5)) / count);
  const values = angles.map((angle) => {
    const inverse = ((Math.cos(angle) + 1) * largestInverse) / 2;
    return studentTQuantile(probability, 1 / inverse);
  });
  /** Of Chebyshev's polynomials T_0 … T_degree. */
  const weights = angles.map(
    (_, k) =>
      ((k === 0 ? 1 : 2) / count) *
      values.reduce((sum, value, index) => sum + value * Math.cos(k * angles[index]!), 0),
  );
  // T_k+1 = 2v·T_k − T_k−1, as coefficients, the lowest power first
  let [before, current] = [[1], [0, 1]];
  const sum = new Array<number>(count).fill(0);
  const addTo = (polynomial: readonly number[], weight: number) => {
    polynomial.forEach((value, power) => (sum[power]! += weight * value));
  };
  addTo(before, weights[0]!);
  for (let k = 1; k <= degree; k++) {
    addTo(current, weights[k]!);
    const next = [0, ...current.map((value) => 2 * value)];
    before.forEach((value, power) => (next[power]! -= value));
    [before, current] = [current, next];
  }
  return sum.reverse();
}

/** The quantile of the normal distribution. */
export const normalQuantile = (probability: number): number =>
  studentTQuantilePolynomial(probability).reduce((sum, coefficient) => sum * -1 + coefficient, 0);

/**
 * With t = √ν·tan θ the distribution function is 1/2 + ∫₀^θ cos^(ν−1) / (2·∫₀^(π/2) cos^(ν−1)): θ by Newton's steps, which come to the
 * root from one side, since the integrand falls.
 */
function studentTQuantile(probability: number, freedom: number): number {
  const density = (angle: number) => Math.cos(angle) ** (freedom - 1);
  // ∫₀^(π/2) cos^(ν−1) = √π/2 · Γ(ν/2) / Γ((ν+1)/2)
  const wanted = (1 - 2 * probability) * (Math.sqrt(Math.PI) / 2) * Math.exp(-logGammaRatio(freedom / 2));
  let [angle, found] = [0, 0];
  for (let step = 0; step < 200; step++) {
    const next = angle + (wanted - found) / density(angle);
    if (!(next - angle > 1e-15)) break;
    found += simpson(density, angle, next);
    angle = next;
  }
  return -Math.sqrt(freedom) * Math.tan(angle);
}

function simpson(f: (x: number) => number, from: number, to: number): number {
  const pieces = 1000;
  const width = (to - from) / pieces;
  let sum = f(from) + f(to);
  for (let index = 1; index < pieces; index++) sum += f(from + index * width) * (index % 2 === 1 ? 4 : 2);
  return (sum * width) / 3;
}

/** log(Γ(z + 1/2) / Γ(z)) for z ≥ 1, as in the loss (student-t.ts says how). */
function logGammaRatio(z: number): number {
  let ratio = 1;
  for (let k = 0; k < 8; k++) ratio *= (z + k) / (z + k + 0.5);
  const w = z + 8;
  const series = -1 / (8 * w) + 1 / (192 * w ** 3) - 1 / (640 * w ** 5) + 17 / (14336 * w ** 7);
  return Math.log(ratio) + Math.log(w) / 2 + series;
}
