import { idxFiles, type IdxSource } from "./idx_source.ts";

/**
 * KMNIST, ten cursive hiragana (Clanuwat et al. 2018; CC BY-SA 4.0), from the official files.
 *
 * Lengths and hashes of the packed files: tensorflow-datasets 4.9.10. Hashes of the test files' contents: computed from those; of
 * the training files' they are not known to us, so that unpacked ones are taken by their form alone.
 */
export const KMNIST: IdxSource = {
  name: "kmnist",
  title: "KMNIST",
  // kmnist_classmap.csv of https://github.com/rois-codh/kmnist, transliterated
  classNames: ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"],
  licence: "CC BY-SA 4.0",
  address: "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
  mirrors: [
    "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
  ],
  unpacked: ["KMNIST/raw"],
  files: idxFiles({
    trainImages: {
      bytes: 18_165_135,
      sha256: "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
    },
    trainLabels: {
      bytes: 29_497,
      sha256: "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
    },
    testImages: {
      bytes: 3_041_136,
      sha256: "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
      contentSha256: "76fbd229ce87db80dd281af5e6670de4ad0e42fb30a7bd643972994c47c1f42e",
    },
    testLabels: {
      bytes: 5_120,
      sha256: "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
      contentSha256: "a11dc742be8e781a40a92f53d6a4957e7b7d36df2faa097659131ebfd8fd60c6",
    },
  }),
};
