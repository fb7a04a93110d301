import type { RoleProfile } from '@roleforge/contracts';

/** Languages whose texts are written in Han characters, all or in part, by their codes. */
const WITH_HAN = /^(zh|ja|ko)\b/i;

/** Fewer words than this say nothing of a text's language: they may be names. */
const FEWEST_WORDS = 8;

/**
 * Whether a role is in quite another language than was asked for: mostly Han characters are expected in Chinese, and only there and
 * in Japanese and Korean. Names may stay as they are. Null where nothing is wrong.
 *
 * @param locale as in BCP 47
 */
export function languageProblem(draft: RoleProfile, locale: string): string | null {
  const { tagline, description, personality, background, systemPrompt, greeting } = draft;
  const text = [tagline, description, personality, background, systemPrompt, greeting].join('\n');
  const han = text.match(/\p{Script=Han}/gu)?.length ?? 0;
  const words = text.match(/(?!\p{Script=Han})\p{L}[\p{L}\p{M}’'-]*/gu)?.length ?? 0;
  if (han + words < FEWEST_WORDS) return null;
  const mostlyHan = han > words;
  const chinese = /^zh\b/i.test(locale);
  if (chinese === mostlyHan || (mostlyHan && WITH_HAN.test(locale))) return null;
  return `The texts are not written in the language ${locale}.`;
}
