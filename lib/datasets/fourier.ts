/** Complex numbers as their real and imaginary parts. */
export interface ComplexArray {
  re: Float64Array;
  im: Float64Array;
}

/**
 * The discrete Fourier transform of arrays [height, width] of any size, as NumPy's `fft2` defines it.
 *
 * Our own because the maintained libraries that load in Deno take powers of two only, and images are 28 or 224 wide.
 * A length costs the sum of its prime factors per element.
 */
export class Fourier2d {
  readonly #height: number;
  readonly #width: number;
  readonly #columns: Fourier1d;
  readonly #rows: Fourier1d;

  constructor(height: number, width: number) {
    this.#height = height;
    this.#width = width;
    this.#columns = new Fourier1d(height);
    this.#rows = new Fourier1d(width);
  }

  /** F[u, v] = sum over y, x of f[y, x] exp(-2 pi i (u y / height + v x / width)). */
  forward({ re, im }: ComplexArray): ComplexArray {
    const [height, width] = [this.#height, this.#width];
    const half: ComplexArray = { re: new Float64Array(re.length), im: new Float64Array(re.length) };
    const out: ComplexArray = { re: new Float64Array(re.length), im: new Float64Array(re.length) };
    for (let y = 0; y < height; y++) {
      this.#rows.transform({ re, im }, half, { start: y * width, stride: 1 });
    }
    for (let x = 0; x < width; x++) {
      this.#columns.transform(half, out, { start: x, stride: width });
    }
    return out;
  }

  /** The inverse of `forward`: exp(+2 pi i ...), divided by height * width. */
  inverse({ re, im }: ComplexArray): ComplexArray {
    // exchanging the parts before and after turns the forward transform into the inverse one
    const swapped = this.forward({ re: im, im: re });
    const scale = 1 / re.length;
    return {
      re: swapped.im.map((value) => value * scale),
      im: swapped.re.map((value) => value * scale),
    };
  }
}

class Fourier1d {
  readonly #length: number;
  readonly #factors: number[];
  /** cos and -sin of 2 pi k / length: the powers of the root of unity. */
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;
  /** The line that is worked on, and the inputs of one butterfly. */
  readonly #line: ComplexArray;
  readonly #inputs: ComplexArray;

  constructor(length: number) {
    this.#length = length;
    this.#factors = primeFactors(length);
    const angle = (k: number) => 2 * Math.PI * k / length;
    this.#cos = Float64Array.from({ length }, (_, k) => Math.cos(angle(k)));
    this.#sin = Float64Array.from({ length }, (_, k) => -Math.sin(angle(k)));
    this.#line = { re: new Float64Array(length), im: new Float64Array(length) };
    const largest = Math.max(1, ...this.#factors);
    this.#inputs = { re: new Float64Array(largest), im: new Float64Array(largest) };
  }

  /** Transforms the line of `from` that begins at `start`, into the same line of `to`. */
  transform(
    from: ComplexArray,
    to: ComplexArray,
    { start, stride }: { start: number; stride: number },
  ): void {
    this.#decimate(from, { length: this.#length, depth: 0, start, stride, out: 0 });
    for (let i = 0; i < this.#length; i++) {
      to.re[start + i * stride] = this.#line.re[i]!;
      to.im[start + i * stride] = this.#line.im[i]!;
    }
  }

  /** Decimation in time: the transforms of every p-th element, put together by butterflies of p inputs. */
  #decimate(
    from: ComplexArray,
    { length, depth, start, stride, out }: Part,
  ): void {
    if (length === 1) {
      this.#line.re[out] = from.re[start]!;
      this.#line.im[out] = from.im[start]!;
      return;
    }
    const p = this.#factors[depth]!;
    const m = length / p;
    for (let q = 0; q < p; q++) {
      this.#decimate(from, {
        length: m,
        depth: depth + 1,
        start: start + q * stride,
        stride: stride * p,
        out: out + q * m,
      });
    }
    for (let k = 0; k < m; k++) this.#butterfly(p, { m, out: out + k, k });
  }

  #butterfly(p: number, { m, out, k }: { m: number; out: number; k: number }): void {
    const { re, im } = this.#line;
    const [cos, sin, inputs] = [this.#cos, this.#sin, this.#inputs];
    const step = this.#length / (m * p);
    for (let q = 0; q < p; q++) {
      const a = re[out + q * m]!, b = im[out + q * m]!;
      const c = cos[q * k * step]!, s = sin[q * k * step]!;
      inputs.re[q] = a * c - b * s;
      inputs.im[q] = a * s + b * c;
    }
    const turn = this.#length / p;
    for (let j = 0; j < p; j++) {
      let real = 0, imaginary = 0;
      for (let q = 0; q < p; q++) {
        const root = (q * j) % p * turn;
        const c = cos[root]!, s = sin[root]!;
        real += inputs.re[q]! * c - inputs.im[q]! * s;
        imaginary += inputs.re[q]! * s + inputs.im[q]! * c;
      }
      re[out + j * m] = real;
      im[out + j * m] = imaginary;
    }
  }
}

/** A line's every stride-th element, whose transform goes to `out`. */
interface Part {
  length: number;
  depth: number;
  start: number;
  stride: number;
  out: number;
}

function primeFactors(n: number): number[] {
  const factors: number[] = [];
  for (let p = 2; n > 1; p++) {
    while (n % p === 0) {
      factors.push(p);
      n /= p;
    }
  }
  return factors;
}
