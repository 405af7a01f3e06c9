/** The text is not YAML, or more than a request may ask to be read. */
export class YamlError extends Error {
  override readonly name = 'YamlError';
}
