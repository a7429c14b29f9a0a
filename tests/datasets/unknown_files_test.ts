// Each set of unknown classes that is files: fetched over loopback in the official format, with the faults of a network,
// unpacked, decoded, and compared with what torchvision and SciPy make of the same files.
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import {
  DamagedDataError,
  DownloadError,
  type FloatImageSet,
  type ImageSet,
  type ImageShape,
  MissingDataError,
} from "../../lib/datasets/mod.ts";
import { CIFAR10, CIFAR100, loadCifarTest } from "../../lib/datasets/cifar.ts";
import type { CifarSource } from "../../lib/datasets/cifar_source.ts";
import { FASHION_MNIST } from "../../lib/datasets/fashion_mnist.ts";
import { loadIdxSplit } from "../../lib/datasets/idx_set.ts";
import { idxDataSource, type IdxSource } from "../../lib/datasets/idx_source.ts";
import { loadImageTree } from "../../lib/datasets/image_tree.ts";
import { IMAGENET_O } from "../../lib/datasets/imagenet_o.ts";
import { INATURALIST } from "../../lib/datasets/inaturalist.ts";
import { KMNIST } from "../../lib/datasets/kmnist.ts";
import { loadOmniglot, OMNIGLOT } from "../../lib/datasets/omniglot.ts";
import type { DataSource, ImageTreeSource } from "../../lib/datasets/source.ts";
import { downloadSource } from "../../lib/datasets/source_files.ts";
import { sourceState } from "../../lib/datasets/source_state.ts";
import { loadSvhn, SVHN, type SvhnSource } from "../../lib/datasets/svhn.ts";
import { loadTextures, TEXTURES } from "../../lib/datasets/textures.ts";
import type { RemoteFile } from "../../lib/datasets/transfer.ts";
import { type Answer, type Asked, type Loopback, serveFile, serveLoopback } from "./loopback.ts";
import { archiveBytes, described, expected as training } from "./training_fixture.ts";
import { expectedImages, setFiles } from "./unknown_fixture.ts";

const { files: { plain: matFixture } } = JSON.parse(
  Deno.readTextFileSync(new URL("../fixtures/datasets/unknown/mat.json", import.meta.url)),
) as { files: { plain: string } };

const FAST = { retryDelay: 1, retries: 3, stallSeconds: 10 };
const SQUARE: ImageShape = [64, 64, 3];

type Places = { data?: string; folder?: string };

/** How many images the small archives have, of which Textures' first split is but a part. */
const SMALL: Record<string, number> = { omniglot: 4, textures: 4, inaturalist: 3, imagenet_o: 4 };

/** The sets, each with its loader, and how many images it loads from the small files. */
const SETS: {
  source: DataSource;
  load: (source: DataSource, places: Places) => Promise<ImageSet>;
  count: number;
  /** The SHA-256 of all images, or of each. */
  expected: string | string[];
}[] = [
  {
    source: OMNIGLOT,
    load: (source, places) => loadOmniglot(places, source as ImageTreeSource),
    count: 4,
    expected: expectedImages("omniglot", "inverted"),
  },
  {
    source: TEXTURES,
    load: (source, places) => loadTextures([32, 32, 3], places, source as ImageTreeSource),
    count: 2,
    expected: expectedImages("textures", "1"),
  },
  {
    source: SVHN,
    load: (source, places) => loadSvhn(places, source as SvhnSource),
    count: 5,
    expected: expectedImages("svhn", "images"),
  },
  {
    source: INATURALIST,
    load: (source, places) => loadImageTree(source as ImageTreeSource, SQUARE, places),
    count: 3,
    expected: expectedImages("inaturalist", "64"),
  },
  {
    source: IMAGENET_O,
    load: (source, places) => loadImageTree(source as ImageTreeSource, SQUARE, places),
    count: 4,
    expected: expectedImages("imagenet_o", "64"),
  },
  ...[KMNIST, FASHION_MNIST].map((source) => ({
    source: idxDataSource(source),
    load: ({ files }: DataSource, places: Places) =>
      loadIdxSplit(smallIdx(source, files), "test", places),
    count: 6,
    expected: expectedImages("kmnist", "images"),
  })),
  ...[CIFAR10, CIFAR100].map((source) => ({
    source,
    load: (small: DataSource, places: Places) => loadCifarTest(small as CifarSource, places),
    count: 2,
    expected: training[source.name as "cifar10"].test.images,
  })),
];

/** The small files of a set: KMNIST's stand for all of its format. */
function filesOf(name: string): Map<string, Uint8Array> {
  const cifar = [CIFAR10, CIFAR100].find((source) => source.name === name)?.files[0].name;
  if (cifar !== undefined) return new Map([[cifar, archiveBytes(cifar)]]);
  return setFiles(name === "fashion_mnist" ? "kmnist" : name);
}

/** A set of four IDX files with the small ones in the place of its test files, and installed nowhere. */
function smallIdx(source: IdxSource, files: readonly RemoteFile[]): IdxSource {
  const { installed, ...set } = source;
  const [images, labels] = [...filesOf(source.name).values()].map((packed, i) => {
    const content = gunzipSync(packed);
    return {
      sha256: files[i]!.sha256!,
      contentBytes: content.length,
      // known of sets that a package installs
      ...(installed && {
        contentSha256: createHash("sha256").update(content).digest("hex"),
      }),
    };
  });
  const { train, test } = source.files;
  return {
    ...set,
    files: {
      train,
      test: { images: { ...test.images, ...images }, labels: { ...test.labels, ...labels } },
    },
  };
}

/** A source with the small files of its set, to be had from `address`. */
function smallSource(source: DataSource, address: string): DataSource {
  const files = [...filesOf(source.name)].map(([name, content]): RemoteFile => ({
    name,
    urls: [`${address}/${name}`],
    bytes: content.length,
    sha256: createHash("sha256").update(content).digest("hex"),
  }));
  const { [source.name]: images } = SMALL;
  return { ...source, files, ...(images !== undefined && { images }) };
}

/** Serves the small files of a set; `spoil` spoils answers. */
function serveSet(
  name: string,
  spoil: (answer: Answer, asked: Asked, request: number) => Answer = (answer) => answer,
): Loopback {
  const files = filesOf(name);
  let request = 0;
  const servers = new Map([...files].map(([file, content]) => [file, rangesOf(content)]));
  return serveLoopback((asked) => {
    const answer = servers.get(asked.path.slice(1))?.(asked) ??
      { status: 404, headers: { "content-length": "0" } };
    return spoil(answer, asked, request++);
  });
}

function rangesOf(content: Uint8Array): (asked: Asked) => Answer {
  return ({ headers }) => {
    const start = Number(/^bytes=(\d+)-$/.exec(headers.get("range") ?? "")?.[1] ?? 0);
    const rest = content.subarray(start);
    const length = { "content-length": String(rest.length) };
    if (start === 0) return { headers: length, pieces: [rest] };
    const range = `bytes ${start}-${content.length - 1}/${content.length}`;
    return { status: 206, headers: { ...length, "content-range": range }, pieces: [rest] };
  };
}

async function inData(use: (data: string) => Promise<void>): Promise<void> {
  const data = await Deno.makeTempDir();
  try {
    await use(data);
  } finally {
    await Deno.remove(data, { recursive: true });
  }
}

/** The SHA-256 of all images of a set. */
async function digest(set: ImageSet | FloatImageSet): Promise<string> {
  const pixels = await set.read(Uint32Array.from({ length: set.count }, (_, i) => i));
  return createHash("sha256").update(pixels as Uint8Array).digest("hex");
}

for (const { source, load, count, expected } of SETS) {
  const { name } = source;
  const assertExpected = async (set: ImageSet) =>
    assertEquals(
      typeof expected === "string" ? await digest(set) : (await described(set)).images,
      expected,
    );

  Deno.test(`${name}: nothing is there, a download, and torchvision's images`, () =>
    inData(async (data) => {
      const server = serveSet(name);
      const small = smallSource(source, server.address);
      try {
        const error = await assertRejects(() => load(small, { data }), MissingDataError);
        assertEquals(error.dataset, name);
        assertStringIncludes(error.message, `deno task data download ${name}`);
        assertEquals((await sourceState(small, { data })).state, "missing");
        // loading asks no network
        assertEquals(server.asked.length, 0);
        await downloadSource(small, { data, ...FAST });
        const set = await load(small, { data });
        assertEquals(set.count, count);
        await assertExpected(set);
        const { state, bytes } = await sourceState(small, { data, verify: true });
        assert(state === "present" && bytes > 0);
        // an image alone, and out of order
        const [last, both] = [await set.read([count - 1]), await set.read([count - 1, 0])];
        assertEquals(both.subarray(0, last.length), last);
      } finally {
        await server.close();
      }
    }));

  Deno.test(`${name}: cut and slow connections and redirects are overcome`, () =>
    inData(async (data) => {
      const server = serveSet(name, (answer, { path }, request) => {
        const [piece] = answer.pieces ?? [];
        if (request === 0) return { ...answer, pieces: [piece!.subarray(0, 40)] };
        if (request === 1) return { ...answer, pieces: [piece!.subarray(0, 30)], then: "hang" };
        if (request === 2) {
          return { status: 302, headers: { "content-length": "0", location: path } };
        }
        return answer;
      });
      try {
        const small = smallSource(source, server.address);
        await downloadSource(small, { data, ...FAST, stallSeconds: 0.2 });
        assertEquals(server.asked[1]!.headers.get("range"), "bytes=40-");
        assertEquals(server.asked[3]!.headers.get("range"), "bytes=70-");
        await assertExpected(await load(small, { data }));
      } finally {
        await server.close();
      }
    }));

  Deno.test(`${name}: wrong lengths, hashes, web pages and 404 never become a data set`, async () => {
    const html = new TextEncoder().encode("<!DOCTYPE html><html>Not here</html>");
    const faults: [string, (answer: Answer) => Answer][] = [
      ["has 12 bytes", () => ({ headers: { "content-length": "12" }, pieces: [html] })],
      ["SHA-256", (answer) => ({ ...answer, pieces: [answer.pieces![0]!.toReversed()] })],
      ["web page", () => ({ headers: { "content-type": "text/html" }, pieces: [html] })],
      ["no such file", () => ({ status: 404, headers: { "content-length": "0" } })],
    ];
    for (const [said, fault] of faults) {
      await inData(async (data) => {
        const server = serveSet(name, fault);
        try {
          const small = smallSource(source, server.address);
          await assertRejects(() => downloadSource(small, { data, ...FAST }), DownloadError, said);
          await assertRejects(() => load(small, { data }), MissingDataError);
        } finally {
          await server.close();
        }
      });
    }
  });

  Deno.test(`${name}: a file that was changed or cut on the disk is damaged, and nothing is unpacked`, () =>
    inData(async (data) => {
      const small = smallSource(source, "http://127.0.0.1:9");
      const folder = `${data}/raw/${name}`;
      await Deno.mkdir(folder, { recursive: true });
      const files = filesOf(name);
      for (const [file, content] of files) await Deno.writeFile(`${folder}/${file}`, content);
      const [file, content] = [...files][0]!;
      const changes = [content.with(50, content[50]! ^ 1), content.subarray(0, -1)];
      for (const changed of changes) {
        await Deno.writeFile(`${folder}/${file}`, changed);
        const error = await assertRejects(() => load(small, { data }), DamagedDataError);
        assertStringIncludes(error.file, file);
        assertEquals((await sourceState(small, { data, verify: true })).state, "damaged");
      }
      await Deno.writeFile(`${folder}/${file}`, content);
      await assertExpected(await load(small, { data }));
    }));
}

/** Puts the small files of a set into its folder. */
async function putSet(source: DataSource, data: string): Promise<DataSource> {
  const folder = `${data}/raw/${source.name}`;
  await Deno.mkdir(folder, { recursive: true });
  for (const [file, content] of filesOf(source.name)) {
    await Deno.writeFile(`${folder}/${file}`, content);
  }
  return smallSource(source, "http://127.0.0.1:9");
}

Deno.test("loadOmniglot() keeps the published polarity where asked to", () =>
  inData(async (data) => {
    const small = await putSet(OMNIGLOT, data) as ImageTreeSource;
    const set = await loadOmniglot({ data, polarity: "original" }, small);
    assertEquals(await digest(set), expectedImages("omniglot", "original"));
    assertEquals([set.shape, set.labels[0]], [[28, 28, 1], -1]);
    // white ground of the paper, black ground of MNIST
    const [white, black] = [
      await set.read([0]),
      await (await loadOmniglot({ data }, small)).read([0]),
    ];
    assertEquals([white[0], black[0]], [255, 0]);
  }));

Deno.test("loadTextures() takes any split, or all, and grey", () =>
  inData(async (data) => {
    const small = await putSet(TEXTURES, data) as ImageTreeSource;
    const shape: ImageShape = [32, 32, 3];
    for (const split of [1, 2, "all"] as const) {
      const set = await loadTextures(shape, { data, split }, small);
      assertEquals(await digest(set), expectedImages("textures", String(split)));
    }
    const grey = await loadTextures([28, 28, 1], { data }, small);
    assertEquals(await digest(grey), expectedImages("textures", "grey"));
    await assertRejects(
      () => loadTextures(shape, { data, split: 11 }, small),
      RangeError,
      "1 .. 10",
    );
  }));

Deno.test("photographs of 224 pixels have their shorter side resized to 256", () =>
  inData(async (data) => {
    const small = await putSet(INATURALIST, data) as ImageTreeSource;
    const set = await loadImageTree(small, [224, 224, 3], { data });
    assertEquals(await digest(set), expectedImages("inaturalist", "224"));
  }));

Deno.test("loadSvhn() has NHWC images, and 0 for the label 10", () =>
  inData(async (data) => {
    const set = await loadSvhn({ data }, await putSet(SVHN, data) as SvhnSource);
    assertEquals([set.shape, [...set.labels]], [[32, 32, 3], [1, 0, 3, 9, 0]]);
  }));

Deno.test("loadSvhn() names a file that holds something else", () =>
  inData(async (data) => {
    const small = await putSet(SVHN, data) as SvhnSource;
    const path = `${data}/raw/svhn/test_32x32.mat`;
    const whole = await Deno.readFile(path);
    const others: [Uint8Array<ArrayBuffer>, string][] = [
      [whole.with(125, 2), "HDF5"],
      [whole.subarray(0, 300), "MAT data"],
      [Uint8Array.fromBase64(matFixture), "wanted the arrays X and y in it"],
    ];
    for (const [bytes, reason] of others) {
      await Deno.writeFile(path, bytes);
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      const files = [{ ...small.files[0], bytes: bytes.length, sha256 }] as const;
      const error = await assertRejects(
        () => loadSvhn({ data }, { ...small, files }),
        DamagedDataError,
        reason,
      );
      assertEquals(error.file, path);
    }
  }));

Deno.test("a set stays whole when its archive is removed, and its images are checked as they are read", () =>
  inData(async (data) => {
    const small = await putSet(IMAGENET_O, data) as ImageTreeSource;
    await loadImageTree(small, SQUARE, { data });
    const folder = `${data}/raw/imagenet_o`;
    await Deno.remove(`${folder}/imagenet-o.tar`);
    const set = await loadImageTree(small, SQUARE, { data });
    assertEquals(await digest(set), expectedImages("imagenet_o", "64"));
    assertEquals((await sourceState(small, { data })).state, "present");
    assertEquals(await downloadSource(small, { data }), [`${folder}/imagenet-o.tar.unpacked`]);
    const image = `${folder}/imagenet-o.tar.unpacked/imagenet-o/n01443537/a.JPEG`;
    await Deno.truncate(image, 700);
    await assertRejects(async () => await set.read([0]), DamagedDataError, "a.JPEG");
    // fewer images than were unpacked are no set
    await Deno.remove(image);
    await assertRejects(
      () => loadImageTree(small, SQUARE, { data }),
      DamagedDataError,
      "it has 3 images instead of 4. Remove it: it is made again from imagenet-o.tar",
    );
    // another archive's folder is not this one's
    const other = { ...small, files: [{ ...small.files[0], sha256: "0".repeat(64) }] as const };
    await assertRejects(() => loadImageTree(other, SQUARE, { data }), MissingDataError);
  }));

Deno.test("an unpacked copy of the user's own is used when it has all its images", () =>
  inData(async (data) => {
    const small = await putSet(IMAGENET_O, data) as ImageTreeSource;
    await loadImageTree(small, SQUARE, { data });
    const folder = `${data}/raw/imagenet_o/imagenet-o.tar.unpacked`;
    await Deno.remove(`${folder}/.unpacked.json`);
    const set = await loadImageTree(small, SQUARE, { folder });
    assertEquals(await digest(set), expectedImages("imagenet_o", "64"));
    await assertRejects(
      () => loadImageTree({ ...small, images: 2000 }, SQUARE, { folder }),
      DamagedDataError,
      "it has 4 images instead of 2000. Put the official imagenet-o.tar beside it",
    );
  }));

Deno.test("downloadSource() says how to get what asks for a registration, and asks no one", () =>
  inData(async (data) => {
    const server = serveFile(new Uint8Array(5));
    const source = {
      ...smallSource(SVHN, server.address),
      registration: "Register at https://example.org, and put the file into FOLDER",
    };
    const error = await assertRejects(() => downloadSource(source, { data }), MissingDataError);
    assertStringIncludes(error.message, `put the file into ${data}/raw/svhn`);
    assertEquals(server.asked.length, 0);
    await server.close();
  }));
