import type { Role } from '@roleforge/contracts';
import { encode } from 'fast-png';
import { strToU8, zipSync } from 'fflate';
import { toCharacterCard } from './character-card.ts';
import { drawPortrait } from './portrait.ts';

/** A role's portrait as a PNG that holds its card: a `ccv3` tEXt chunk with the card's JSON, as UTF-8, in base64. */
export function toCardPng(role: Role): Uint8Array {
  const card = Buffer.from(JSON.stringify(toCharacterCard(role)), 'utf8');
  return encode({ ...drawPortrait(role.id), text: { ccv3: card.toString('base64') } });
}

const PORTRAIT_PATH = 'assets/icon/images/main.png';

/** A role's card and portrait as a `.charx`: a zip with `card.json` at its root. */
export function toCharx(role: Role): Uint8Array {
  // The specification spells the scheme like this.
  const card = toCharacterCard(role, `embeded://${PORTRAIT_PATH}`);
  return zipSync(
    {
      'card.json': strToU8(JSON.stringify(card, null, 2)),
      [PORTRAIT_PATH]: [encode(drawPortrait(role.id)), { level: 0 }],
    },
    // The same role makes the same bytes at any time. Zip keeps dates from 1980 on, in the time of the place.
    { mtime: new Date(2000, 0, 1) },
  );
}
