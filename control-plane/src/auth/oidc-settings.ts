/** Whose OpenID Connect users may log in: what a person configures. @see ./oidc.ts */
export interface OidcSettings {
  /** `https://...`, exactly as in the `iss` claim. */
  readonly issuer: string;
  /** Must be among the audiences of the token. */
  readonly clientId: string;
  /** Default `sub`. `email` is taken only when `email_verified` is not false. */
  readonly usernameClaim?: string;
  /** Default: the issuer and `#`, but nothing for `email`. `-` stands for none. */
  readonly usernamePrefix?: string;
  readonly groupsClaim?: string;
  readonly groupsPrefix?: string;
  /** Claims that must have these values. */
  readonly requiredClaims?: Readonly<Record<string, string>>;
}
