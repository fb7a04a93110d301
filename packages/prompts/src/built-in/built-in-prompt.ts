/** What comes with RoleForge in one language, for strategies that have no templates of their own. */
export type BuiltInPrompt = {
  /** The rules of the craft, for a role in the language of this tag. */
  rules(locale: string): string;
  /** The system message as a Liquid template. */
  system: string;
  /** The user message as a Liquid template. */
  user: string;
  /** The system strategies' instructions where they read differently from the English of the strategy itself, by its id. */
  instructions: Readonly<Record<string, string>>;
};
