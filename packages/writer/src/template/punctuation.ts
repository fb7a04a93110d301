/** Without the mark at its end, for a text that goes on within a sentence. */
export function bare(text: string): string {
  return text.trim().replace(/[\s.。;；,，、:：]+$/u, '') || text.trim();
}

const ENDS_SENTENCE = /[.。!！?？…~～]["”’」』）)*]*$|\p{Extended_Pictographic}\uFE0F?$/u;

/** With `mark` at its end unless it ends in one of its own. */
export function ended(text: string, mark: string): string {
  const whole = text.trim();
  return ENDS_SENTENCE.test(whole) ? whole : `${bare(whole)}${mark}`;
}

/** Sentences one after another, those that are null left out. */
export function paragraph(sentences: (string | null)[], gap: string): string {
  return sentences.filter(sentence => sentence !== null && sentence !== '').join(gap);
}

/** The first `count` of `names`, without those that are too long to list. */
export function few(names: string[], count: number): string[] {
  return names.filter(name => name.length <= 60).slice(0, count);
}
