import { type ProfilePart, RoleProfile } from '@roleforge/contracts';
import { JSONParser } from '@streamparser/json';

/** Hands out the parts of a profile as they get whole: each that is well-formed, and each once, over all answers it reads. */
export type SectionReader = {
  /** Another answer begins. Returns what hears its text, piece by piece. */
  begin(): (text: string) => void;
  /** The draft holds: what has not been handed out yet is. */
  complete(profile: RoleProfile): void;
};

/** @param wanted the parts that are being written */
export function createSectionReader(
  wanted: readonly ProfilePart[],
  onSection: (part: ProfilePart, value: unknown) => void,
): SectionReader {
  const told = new Set<ProfilePart>();
  const tell = (part: ProfilePart, value: unknown): void => {
    if (told.has(part)) return;
    told.add(part);
    onSection(part, value);
  };
  return {
    begin: () =>
      readMembers((key, value) => {
        const part = wanted.find(name => name === key);
        if (part === undefined) return;
        const parsed = RoleProfile.shape[part].safeParse(value);
        if (parsed.success) tell(part, parsed.data);
      }),
    complete: profile => {
      for (const part of wanted) tell(part, profile[part]);
    },
  };
}

/** Hears a text in pieces, and tells of each member of the JSON object in it. What is not JSON is passed over in silence. */
function readMembers(onMember: (key: unknown, value: unknown) => void): (text: string) => void {
  const parser = new JSONParser({ paths: ['$.*'], keepStack: false });
  let head: string | null = '';
  let broken = false;
  parser.onValue = ({ key, value }) => onMember(key, value);
  parser.onError = () => {
    broken = true;
  };
  return text => {
    if (broken || parser.isEnded) return;
    if (head === null) return parser.write(text);
    head += text;
    const start = startOfJson(head);
    if (start < 0) return;
    const json = head.slice(start);
    head = null;
    parser.write(json);
  };
}

const THINK = '<think>';
const THOUGHT = '</think>';

/** Where the object begins, behind a reasoning model's thoughts, a Markdown fence, and words; -1 while that is not known. */
function startOfJson(head: string): number {
  const text = head.trimStart();
  if (text.length < THINK.length && THINK.startsWith(text)) return -1;
  if (!text.startsWith(THINK)) return head.indexOf('{');
  const thought = head.indexOf(THOUGHT);
  return thought < 0 ? -1 : head.indexOf('{', thought);
}
