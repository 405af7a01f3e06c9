/** Version of this program; the agent carries the same. */
export const VERSION = '0.1.0';
