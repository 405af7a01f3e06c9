/**
 * `authorizer.group('').resource('pods').namespace('x').check('get').allowed()`: asks, of whoever makes the request, what it may do. The answer
 * comes from a function that the caller of an evaluation gives.
 */
import type { CallContext, Library } from '../overloads.ts';
import type { Opaque } from '../values.ts';

export interface AccessCheck {
  readonly verb: string;
  /** Set for a path that is no resource. */
  readonly path?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** Instead of whoever makes the request. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
}

export type Authorize = (check: AccessCheck) => { readonly allowed: boolean; readonly reason: string };

/** Dear, as upstream has it: it may ask far. */
const CHECK_COST = 35_000;

const name = (part: string): string => (part === '' ? 'kubernetes.authorization.Authorizer' : `kubernetes.authorization.${part}`);
const A = name('');
const PATH = name('PathCheck');
const GROUP = name('GroupCheck');
const RESOURCE = name('ResourceCheck');
const DECISION = name('Decision');

export class Asking implements Opaque {
  readonly opaque: string;
  readonly authorize: Authorize;
  readonly check: Omit<AccessCheck, 'verb'>;
  constructor(opaque: string, authorize: Authorize, check: Omit<AccessCheck, 'verb'>) {
    this.opaque = opaque;
    this.authorize = authorize;
    this.check = check;
  }
  key(): string {
    return JSON.stringify(this.check);
  }
  as(opaque: string, more: Omit<AccessCheck, 'verb'>): Asking {
    return new Asking(opaque, this.authorize, { ...this.check, ...more });
  }
}

class Decision implements Opaque {
  readonly opaque = DECISION;
  readonly allowed: boolean;
  readonly reason: string;
  constructor({ allowed, reason }: { allowed: boolean; reason: string }) {
    this.allowed = allowed;
    this.reason = reason;
  }
  key(): string {
    return `${this.allowed}`;
  }
}

/** The variable `authorizer`. */
export const authorizerOf = (authorize: Authorize): Asking => new Asking(A, authorize, {});
/** The variable `authorizer.requestResource`: about what the request is for. */
export const requestResourceOf = (authorize: Authorize, check: Omit<AccessCheck, 'verb'>): Asking => new Asking(RESOURCE, authorize, check);
export const authorizerTypes = { authorizer: A, requestResource: RESOURCE } as const;

const decide = (asking: Asking, verb: string, { budget }: CallContext): Decision => {
  budget.spend(CHECK_COST);
  return new Decision(asking.authorize({ ...asking.check, verb }));
};

export const authorizer: Library = {
  [`${A}.path(string): ${PATH}`]: ([asking, path]) => asking.as(PATH, { path }),
  [`${A}.group(string): ${GROUP}`]: ([asking, group]) => asking.as(GROUP, { group }),
  [`${A}.serviceAccount(string, string): ${A}`]: ([asking, namespace, account]) =>
    asking.as(A, { serviceAccount: { namespace, name: account } }),
  [`${GROUP}.resource(string): ${RESOURCE}`]: ([asking, resource]) => asking.as(RESOURCE, { resource }),
  [`${RESOURCE}.subresource(string): ${RESOURCE}`]: ([asking, subresource]) => asking.as(RESOURCE, { subresource }),
  [`${RESOURCE}.namespace(string): ${RESOURCE}`]: ([asking, namespace]) => asking.as(RESOURCE, { namespace }),
  [`${RESOURCE}.name(string): ${RESOURCE}`]: ([asking, named]) => asking.as(RESOURCE, { name: named }),
  [`${RESOURCE}.check(string): ${DECISION}`]: ([asking, verb], context) => decide(asking, verb, context),
  [`${PATH}.check(string): ${DECISION}`]: ([asking, verb], context) => decide(asking, verb, context),
  [`${DECISION}.allowed(): bool`]: ([decision]) => decision.allowed,
  [`${DECISION}.reason(): string`]: ([decision]) => decision.reason,
  [`${DECISION}.errored(): bool`]: () => false,
  [`${DECISION}.error(): string`]: () => '',
};
