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
    const half = complexZeros(re.length);
    const out = complexZeros(re.length);
    for (let y = 0; y < height; y++) {
      this.#rows.transform({ re, im }, half, { start: y * width, stride: 1 });
    }
    for (let x = 0; x < width; x++) {
      this.#columns.transform(half, out, { start: x, stride: width });
    }
    return out;
  }

  /** The index of frequency -k, of k. */
  mirror(k: number): number {
    const v = k % this.#width;
    const u = (k - v) / this.#width;
    return (u === 0 ? 0 : this.#height - u) * this.#width + (v === 0 ? 0 : this.#width - v);
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
  /** Which element comes at which place before the first butterflies. */
  readonly #order: Uint32Array;
  /** cos and -sin of 2 pi k / length: the powers of the root of unity. */
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;
  /** The line that is worked on, and the inputs of one butterfly. */
  readonly #line: ComplexArray;
  readonly #inputs: ComplexArray;

  constructor(length: number) {
    this.#length = length;
    this.#factors = primeFactors(length);
    this.#order = decimatedOrder(this.#factors);
    const angle = (k: number) => 2 * Math.PI * k / length;
    this.#cos = Float64Array.from({ length }, (_, k) => Math.cos(angle(k)));
    this.#sin = Float64Array.from({ length }, (_, k) => -Math.sin(angle(k)));
    this.#line = complexZeros(length);
    this.#inputs = complexZeros(Math.max(1, ...this.#factors));
  }

  /** Transforms the line of `from` that begins at `start`, into the same line of `to`. */
  transform(
    from: ComplexArray,
    to: ComplexArray,
    { start, stride }: { start: number; stride: number },
  ): void {
    const { re, im } = this.#line;
    for (let i = 0; i < this.#length; i++) {
      re[i] = from.re[start + this.#order[i]! * stride]!;
      im[i] = from.im[start + this.#order[i]! * stride]!;
    }
    // transforms of length m are put together, p at a time, until one is left
    let m = 1;
    for (const p of this.#factors.toReversed()) {
      this.#combine(p, m);
      m *= p;
    }
    for (let i = 0; i < this.#length; i++) {
      to.re[start + i * stride] = re[i]!;
      to.im[start + i * stride] = im[i]!;
    }
  }

  /** Puts every p transforms of length m together to one of length p m. */
  #combine(p: number, m: number): void {
    const { re, im } = this.#line;
    const cos = this.#cos, sin = this.#sin, length = this.#length;
    const inputRe = this.#inputs.re, inputIm = this.#inputs.im;
    const step = length / (m * p), turn = length / p;
    for (let block = 0; block < length; block += m * p) {
      for (let k = 0; k < m; k++) {
        const at = block + k;
        for (let q = 0; q < p; q++) {
          const a = re[at + q * m]!, b = im[at + q * m]!;
          const c = cos[q * k * step]!, s = sin[q * k * step]!;
          inputRe[q] = a * c - b * s;
          inputIm[q] = a * s + b * c;
        }
        for (let j = 0; j < p; j++) {
          let real = 0, imaginary = 0;
          for (let q = 0, root = 0; q < p; q++) {
            const c = cos[root]!, s = sin[root]!;
            real += inputRe[q]! * c - inputIm[q]! * s;
            imaginary += inputRe[q]! * s + inputIm[q]! * c;
            root += j * turn;
            if (root >= length) root -= length;
          }
          re[at + j * m] = real;
          im[at + j * m] = imaginary;
        }
      }
    }
  }
}

/** The indices by their remainders: every p-th element together, and so on within each part. */
function decimatedOrder(factors: number[]): Uint32Array {
  const [p, ...rest] = factors;
  if (p === undefined) return Uint32Array.of(0);
  const part = decimatedOrder(rest);
  return Uint32Array.from(
    { length: p * part.length },
    (_, i) => part[i % part.length]! * p + Math.floor(i / part.length),
  );
}

function complexZeros(length: number): ComplexArray {
  return { re: new Float64Array(length), im: new Float64Array(length) };
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
