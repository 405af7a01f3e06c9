/** Is a text the name of an image, as registries and engines have them? What is not never reaches the engine, whose paths such names become part of. */

const HOST = '(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?';
const PART = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const TAG = '[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}';
const DIGEST = '[a-zA-Z][a-zA-Z0-9]*(?:[-_+.][a-zA-Z][a-zA-Z0-9]*)*:[a-fA-F0-9]{32,}';
const REFERENCE = new RegExp(`^(?:${HOST}/)?${PART}(?:/${PART})*(?::${TAG})?(?:@${DIGEST})?$`);

/** What is wrong with an image's name; undefined: nothing. */
export const imageNameProblem = (image: string): string | undefined => {
  if (image.length <= 512 && REFERENCE.test(image)) return undefined;
  const path = image.replace(/[:@][^/]*$/, '');
  const why = /[A-Z]/.test(path) && REFERENCE.test(image.toLowerCase()) ? `: repository name (${path}) must be lowercase` : '';
  return `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format${why}`;
};
