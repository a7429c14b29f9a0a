// libjpeg's accurate integer transform (Loeffler, Ligtenberg & Moschytz 1989, 12 multiplications): factors with 13 bits
// after the point, and 2 bits kept between the passes
const FACTOR_BITS = 13;
const PASS_BITS = 2;
const F_0_298 = 2446;
const F_0_390 = 3196;
const F_0_541 = 4433;
const F_0_765 = 6270;
const F_0_899 = 7373;
const F_1_175 = 9633;
const F_1_501 = 12299;
const F_1_847 = 15137;
const F_1_961 = 16069;
const F_2_053 = 16819;
const F_2_562 = 20995;
const F_3_072 = 25172;

/** The cosine transform of 8 x 8 values, 8 times as large as the orthonormal one, in its own memory. */
export function forwardDct(block: Int32Array): void {
  for (let row = 0; row < 64; row += 8) {
    forwardLine(block, row, 1, FACTOR_BITS - PASS_BITS, -PASS_BITS);
  }
  for (let x = 0; x < 8; x++) forwardLine(block, x, 8, FACTOR_BITS + PASS_BITS, PASS_BITS);
}

function forwardLine(
  b: Int32Array,
  at: number,
  step: number,
  drop: number,
  evenDrop: number,
): void {
  const [i1, i2, i3] = [at + step, at + 2 * step, at + 3 * step];
  const [i4, i5, i6, i7] = [at + 4 * step, at + 5 * step, at + 6 * step, at + 7 * step];
  const s0 = b[at]! + b[i7]!;
  const s1 = b[i1]! + b[i6]!;
  const s2 = b[i2]! + b[i5]!;
  const s3 = b[i3]! + b[i4]!;
  const d7 = b[at]! - b[i7]!;
  const d6 = b[i1]! - b[i6]!;
  const d5 = b[i2]! - b[i5]!;
  const d4 = b[i3]! - b[i4]!;

  const [e0, e3, e1, e2] = [s0 + s3, s0 - s3, s1 + s2, s1 - s2];
  b[at] = evenDrop < 0 ? (e0 + e1) << -evenDrop : descale(e0 + e1, evenDrop);
  b[i4] = evenDrop < 0 ? (e0 - e1) << -evenDrop : descale(e0 - e1, evenDrop);
  const turned = (e2 + e3) * F_0_541;
  b[i2] = descale(turned + e3 * F_0_765, drop);
  b[i6] = descale(turned - e2 * F_1_847, drop);

  const all = (d4 + d6 + d5 + d7) * F_1_175;
  const z1 = (d4 + d7) * -F_0_899;
  const z2 = (d5 + d6) * -F_2_562;
  const z3 = (d4 + d6) * -F_1_961 + all;
  const z4 = (d5 + d7) * -F_0_390 + all;
  b[i7] = descale(d4 * F_0_298 + z1 + z3, drop);
  b[i5] = descale(d5 * F_2_053 + z2 + z4, drop);
  b[i3] = descale(d6 * F_3_072 + z2 + z3, drop);
  b[i1] = descale(d7 * F_1_501 + z1 + z4, drop);
}

/** The inverse of the orthonormal cosine transform of 8 x 8 coefficients, in its own memory. */
export function inverseDct(block: Int32Array): void {
  for (let x = 0; x < 8; x++) inverseLine(block, x, 8, FACTOR_BITS - PASS_BITS);
  for (let row = 0; row < 64; row += 8) inverseLine(block, row, 1, FACTOR_BITS + PASS_BITS + 3);
}

function inverseLine(b: Int32Array, at: number, step: number, drop: number): void {
  const [i1, i2, i3] = [at + step, at + 2 * step, at + 3 * step];
  const [i4, i5, i6, i7] = [at + 4 * step, at + 5 * step, at + 6 * step, at + 7 * step];
  const turned = (b[i2]! + b[i6]!) * F_0_541;
  const t2 = turned - b[i6]! * F_1_847;
  const t3 = turned + b[i2]! * F_0_765;
  const t0 = (b[at]! + b[i4]!) * (1 << FACTOR_BITS);
  const t1 = (b[at]! - b[i4]!) * (1 << FACTOR_BITS);
  const [e0, e3, e1, e2] = [t0 + t3, t0 - t3, t1 + t2, t1 - t2];

  const [o0, o1, o2, o3] = [b[i7]!, b[i5]!, b[i3]!, b[i1]!];
  const all = (o0 + o2 + o1 + o3) * F_1_175;
  const z1 = (o0 + o3) * -F_0_899;
  const z2 = (o1 + o2) * -F_2_562;
  const z3 = (o0 + o2) * -F_1_961 + all;
  const z4 = (o1 + o3) * -F_0_390 + all;
  const u0 = o0 * F_0_298 + z1 + z3;
  const u1 = o1 * F_2_053 + z2 + z4;
  const u2 = o2 * F_3_072 + z2 + z3;
  const u3 = o3 * F_1_501 + z1 + z4;

  b[at] = descale(e0 + u3, drop);
  b[i7] = descale(e0 - u3, drop);
  b[i1] = descale(e1 + u2, drop);
  b[i6] = descale(e1 - u2, drop);
  b[i2] = descale(e2 + u1, drop);
  b[i5] = descale(e2 - u1, drop);
  b[i3] = descale(e3 + u0, drop);
  b[i4] = descale(e3 - u0, drop);
}

/** value / 2^bits, to the nearest whole number, halves up. */
function descale(value: number, bits: number): number {
  return (value + (1 << (bits - 1))) >> bits;
}
