// Data sets: labelled images from official files, and the images of unknown classes that the paper tests with.
// In: the name of a data set and where its files are. Out: image sets, read by index as bytes or values in [0, 1].
// A file is used only when its hash is the official one; what is not on this machine is a MissingDataError.
export { datasetNames, loadDataset, loadTestSet } from "./catalogue.ts";
export type { DatasetName } from "./catalogue.ts";
export {
  type DatasetFacts,
  datasetFacts,
  isMade,
  isTrained,
  setTitle,
  type TrainedName,
  trainedNames,
  unknownSetNames,
} from "./facts.ts";
export { archiveEntries, type ArchiveEntry, tarEntries } from "./archive.ts";
export { type DecodedImage, decodeImage, toColour, toGrey } from "./decode_image.ts";
export { download, DownloadError, type DownloadOptions, type RemoteFile } from "./download.ts";
export { DamagedDataError, MissingDataError } from "./errors.ts";
export { centreCrop, resizeAndCrop, resizeImage, resizeShorterSide } from "./resize_image.ts";
export { unpack, type Unpacked, unpackedAs, type UnpackOptions } from "./unpack.ts";
export { describeOrigin } from "./origin.ts";
export { longTailCounts, longTailed, type LongTailOptions } from "./long_tail.ts";
export { classCounts, makeDataset, memoryImages, readPixels, select, subset } from "./image_set.ts";
export type {
  Dataset,
  FloatImageSet,
  ImageSet,
  ImageShape,
  LoadOptions,
  Origin,
  PlaceOptions,
} from "./types.ts";
export { blobs, permutedPixels, randomPhases, uniformNoise } from "./synthetic.ts";
export type { SyntheticOptions } from "./synthetic.ts";
export { loadOwnImages } from "./own_images.ts";
export { loadStandIn } from "./stand_in.ts";
export { loadSceneStandIn } from "./stand_in_scenes.ts";
export { isPresentFor, type Presence, presentSets, setState } from "./present_sets.ts";
export type { DataSource, ImageTreeSource } from "./source.ts";
export { downloadSource, howToGet } from "./source_files.ts";
export { sourceState } from "./source_state.ts";
export type { SourceState } from "./source_state.ts";
export { dataSource, dataSources } from "./sources.ts";
export { unknownSets } from "./unknown_sets.ts";
export type { UnknownChoices, UnknownSet } from "./unknown_sets.ts";
export { madeFolder } from "./kept_images.ts";
export { mnistC } from "./mnist_c.ts";
export { findMnistC, MNIST_C, type MnistCArchive, type MnistCSource } from "./mnist_c_archive.ts";
export { type CorruptedOptions, type CorruptedSet, corruptedSets } from "./corrupted_sets.ts";
export { requestOf } from "./read_request.ts";
export type { ReadRequest } from "./read_request.ts";
export { readRequested, requestedImages, sharedImages } from "./requested_images.ts";
export { FROST_TEXTURES, frostTextures } from "./frost_textures.ts";
export { imageC, type ImageCOptions } from "./image_c.ts";
export {
  CIFAR100_C,
  CIFAR10_C,
  type CifarCSource,
  findCifarC,
  type PublishedCorruptions,
} from "./cifar_c.ts";
export { findImageFolderC, type ImageFolderCOptions } from "./image_folder_c.ts";
export { type ImageFolderCSource, IMAGENET_C, TINY_IMAGENET_C } from "./image_folder_c_sources.ts";
export { loadScenes, sceneNames } from "./scene_catalogue.ts";
export { countPixels } from "./scene_files.ts";
export {
  countLabels,
  ignoreLabel,
  type PixelCounts,
  type Scene,
  type SceneDataset,
  type SceneSet,
  unlabelledColour,
} from "./scenes.ts";
export {
  splitViews,
  testViews,
  type TrainingViewOptions,
  trainingViews,
  viewBatches,
  type ViewOptions,
} from "./scene_views.ts";
export { type DigitSceneOptions, digitScenes } from "./digit_scenes.ts";
