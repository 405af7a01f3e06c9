/** Time, chance and a log: what nearly everything needs of its surroundings. Always given, never looked up. */
export interface Clock {
  /** Unix ms. */
  now(): number;
}

export interface Random {
  /** Cryptographically strong. */
  bytes(length: number): Uint8Array;
  uuid(): string;
  /** [0, 1) */
  float(): number;
}

export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}
