import { idxFiles, type IdxSource } from "./idx_source.ts";

/**
 * Fashion-MNIST (Xiao, Rasul & Vollgraf 2017; MIT), from the official files or Debian's package.
 *
 * Lengths and hashes of the packed files: tensorflow-datasets 4.9.10. Debian packs them anew (without the name in the gzip header),
 * so that only the contents compare; hashes of the contents: computed from that package, whose t10k-labels give the
 * official MD5 when packed with the official header, and equal to those in public use.
 */
export const FASHION_MNIST: IdxSource = {
  name: "fashion_mnist",
  title: "FashionMNIST",
  // README of https://github.com/zalandoresearch/fashion-mnist
  classNames: [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
  ],
  licence: "MIT",
  address: "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
  mirrors: [
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
  ],
  installed: {
    // dataset-fashion-mnist 0.0~git20200523.55506a9-1
    folder: () => "/usr/share/datasets/fashion-mnist",
    how: "on Debian and Ubuntu run `apt install dataset-fashion-mnist`",
  },
  unpacked: ["FashionMNIST/raw"],
  files: idxFiles({
    trainImages: {
      bytes: 26_421_880,
      sha256: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
      contentSha256: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    },
    trainLabels: {
      bytes: 29_515,
      sha256: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
      contentSha256: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    },
    testImages: {
      bytes: 4_422_102,
      sha256: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
      contentSha256: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    },
    testLabels: {
      bytes: 5_148,
      sha256: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
      contentSha256: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    },
  }),
};
