/** What the audit log keeps: what a person configures. @see ./audit.ts */
export interface AuditSettings {
  /** Metadata: who did what to which object, and how it ended. Request: also what was sent, but never the content of sealed kinds. */
  readonly level: 'Metadata' | 'Request';
  /** Verbs that are left out, such as get, list and watch. Default: none. */
  readonly omitVerbs?: readonly string[];
  /** Users that are left out; `*` at the end stands for any rest. Default: none. */
  readonly omitUsers?: readonly string[];
}
