const INNER_MARKS = '.。;；,，、:：';

/** Without the mark at its end, for a text that goes on within a sentence. */
export function bare(text: string): string {
  return trimmedEnd(text.trim(), INNER_MARKS) || text.trim();
}

/**
 * Without white space and `marks` at its end. A loop, since a pattern that is anchored at the end alone takes time that
 * grows with the square of a run of marks in the middle.
 */
export function trimmedEnd(text: string, marks: string): string {
  let end = text.length;
  while (end > 0 && (marks.includes(text.charAt(end - 1)) || text.charAt(end - 1).trim() === '')) end -= 1;
  return text.slice(0, end);
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
