/** An error whose message is one line for the person at the terminal: what is wrong and what to do. The command line prints it without a stack. */
export class PersonError extends Error {
  override name = 'PersonError';
}
