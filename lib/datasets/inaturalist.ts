import { INSPECT_TREE } from "./image_tree.ts";
import type { ImageTreeSource } from "./source.ts";

/**
 * The validation set of iNaturalist 2021 (Van Horn et al. 2021): 10 photographs of each of 10,000 species.
 *
 * The paper uses it whole, though some of its species are ImageNet classes; other benchmarks use 10,000 chosen images.
 *
 * MD5: the competition's page (github.com/visipedia/inat_comp). No SHA-256 is published; the length is not official.
 */
export const INATURALIST: ImageTreeSource = {
  name: "inaturalist",
  title: "iNaturalist",
  licence: "for non-commercial use; each image has its photographer's licence",
  address: "https://github.com/visipedia/inat_comp/tree/master/2021",
  files: [{
    name: "val.tar.gz",
    urls: ["https://ml-inat-competition-datasets.s3.amazonaws.com/2021/val.tar.gz"],
    md5: "f6f6e0e242e3d4c9569ba56400938afc",
  }],
  // as torchvision leaves it, and as the archive unpacks
  unpacked: ["2021_valid"],
  ownUnpacked: ["val"],
  ...INSPECT_TREE,
  images: 100_000,
};
