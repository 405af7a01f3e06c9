/** The little of a shell that tests need: `echo TEXT`, `sleep SECONDS`, `exit CODE`, `cat` and `serve`, separated by `;`. */
export interface Step {
  readonly verb: 'echo' | 'sleep' | 'exit' | 'cat' | 'serve' | 'fail';
  readonly argument: string;
}

/** `sh -c SCRIPT` or one command. Anything else cannot be started, as a file that is not in the image. */
export const parseScript = (command: readonly string[]): Step[] => {
  const script = command[0] === 'sh' && command[1] === '-c' ? (command[2] ?? '') : command.join(' ');
  return script.split(';').map((part) => {
    const [verb = '', ...rest] = part.trim().split(' ');
    const known = ['echo', 'sleep', 'exit', 'cat', 'serve'].includes(verb);
    return { verb: known ? (verb as Step['verb']) : 'fail', argument: known ? rest.join(' ') : verb };
  });
};
