import { hash } from 'node:crypto';

/** Pixels, row by row from the top left, three bytes (red, green, blue) each: what fast-png encodes. */
export type Picture = { width: number; height: number; channels: 3; data: Uint8Array };

type Colour = readonly [red: number, green: number, blue: number];
type Box = { left: number; right: number; top: number; bottom: number };
/** How far a point is outside a figure, in pixels; negative inside. Nothing of the figure is outside its box. */
type Figure = { box: Box; distance: (x: number, y: number) => number };
type Layer = { figure: Figure; colour: Colour };

const WIDTH = 480;
const HEIGHT = 640;
const CENTRE = WIDTH / 2;
/** How far the hue of the garment may be from that of the ground, in degrees. */
const HUES_APART = [150, 180, 210, 40, 320];

/** Cells of the garment's pattern: this many from the middle outwards, and downwards. */
const CELL = 40;
const PATTERN_TOP = 440;
const PATTERN_COLUMNS = 6;
const PATTERN_ROWS = 5;
/** Of cloth around the pattern, in pixels. */
const HEM = 8;

/**
 * A portrait of nobody: head and shoulders before a soft background, in colours and with a woven pattern that come from
 * `seed` alone. The same seed has the same picture; left and right are the same.
 */
export function drawPortrait(seed: string): Picture {
  const bytes = hash('sha256', seed, 'buffer');
  const hue = (bytes.readUInt16BE(0) / 65_536) * 360;
  const garment = hue + (HUES_APART[bytes.readUInt8(2) % HUES_APART.length] as number);
  const data = paintGround(hsl(hue, 0.5, 0.93), hsl(hue + 24, 0.46, 0.8));
  for (const layer of portraitLayers(bytes.subarray(3), hue, garment)) paintLeftHalf(data, layer);
  mirror(data);
  return { width: WIDTH, height: HEIGHT, channels: 3, data };
}

/** From back to front. */
function portraitLayers(bytes: Uint8Array, hue: number, garment: number): Layer[] {
  const shoulders = ellipse(CENTRE, 668, 204, 268);
  const skin = hsl(hue + 10, 0.38, 0.9);
  const shade = hsl(hue + 10, 0.34, 0.8);
  return [
    { figure: ellipse(CENTRE, 268, 196, 196), colour: hsl(hue + 12, 0.5, 0.86) },
    { figure: ellipse(CENTRE, 268, 160, 160), colour: hsl(hue + 12, 0.48, 0.81) },
    { figure: shoulders, colour: hsl(garment, 0.42, 0.46) },
    ...wovenPattern(bytes, shoulders, garment),
    { figure: ellipse(CENTRE, 408, 66, 46), colour: hsl(garment, 0.4, 0.36) },
    { figure: bar(CENTRE, 300, 410, 40), colour: shade },
    { figure: ellipse(CENTRE, 408, 40, 22), colour: shade },
    { figure: ellipse(CENTRE, 250, 92, 112), colour: hsl(garment, 0.36, 0.3) },
    { figure: ellipse(CENTRE, 276, 80, 98), colour: skin },
  ];
}

/** Diamonds in two lighter tones of the cloth, each there or not by a byte of the seed; none that the hem would cut. */
function wovenPattern(bytes: Uint8Array, cloth: Figure, hue: number): Layer[] {
  const tones = [hsl(hue, 0.46, 0.62), hsl(hue + 30, 0.62, 0.74)];
  const radius = CELL * 0.46;
  const layers: Layer[] = [];
  for (let row = 0; row < PATTERN_ROWS; row++)
    for (let column = 0; column < PATTERN_COLUMNS; column++) {
      const byte = bytes[(row * PATTERN_COLUMNS + column) % bytes.length] as number;
      const x = CENTRE - column * CELL;
      const y = PATTERN_TOP + row * CELL + CELL / 2;
      const fits = Math.max(cloth.distance(x - radius, y), cloth.distance(x, y - radius)) < -HEM;
      if (byte >= 112 && fits) layers.push({ figure: diamond(x, y, radius), colour: tones[byte % 2] as Colour });
    }
  return layers;
}

function ellipse(cx: number, cy: number, rx: number, ry: number): Figure {
  return {
    box: { left: cx - rx, right: cx + rx, top: cy - ry, bottom: cy + ry },
    distance(x, y) {
      const dx = (x - cx) / rx;
      const dy = (y - cy) / ry;
      const reach = Math.sqrt(dx * dx + dy * dy);
      if (reach === 0) return -Math.min(rx, ry);
      // The value over the length of its gradient: near the edge, the distance in pixels.
      return ((reach - 1) * reach) / Math.sqrt((dx / rx) ** 2 + (dy / ry) ** 2);
    },
  };
}

function diamond(cx: number, cy: number, radius: number): Figure {
  return {
    box: { left: cx - radius, right: cx + radius, top: cy - radius, bottom: cy + radius },
    distance: (x, y) => (Math.abs(x - cx) + Math.abs(y - cy) - radius) * Math.SQRT1_2,
  };
}

/** Upright, with straight sides. */
function bar(cx: number, top: number, bottom: number, halfWidth: number): Figure {
  return {
    box: { left: cx - halfWidth, right: cx + halfWidth, top, bottom },
    distance: (x, y) => Math.max(Math.abs(x - cx) - halfWidth, top - y, y - bottom),
  };
}

function paintGround(top: Colour, bottom: Colour): Uint8Array {
  const data = new Uint8Array(WIDTH * HEIGHT * 3);
  for (let y = 0; y < HEIGHT; y++) {
    const colour = mixed(top, bottom, y / (HEIGHT - 1)).map(Math.round);
    for (let x = 0; x < WIDTH; x++) data.set(colour, (y * WIDTH + x) * 3);
  }
  return data;
}

/** Paints what a layer has left of the middle; edges are as soft as one pixel. */
function paintLeftHalf(data: Uint8Array, { figure, colour }: Layer): void {
  const { box, distance } = figure;
  const right = Math.min(CENTRE, Math.ceil(box.right) + 1);
  const bottom = Math.min(HEIGHT, Math.ceil(box.bottom) + 1);
  for (let y = Math.max(0, Math.floor(box.top) - 1); y < bottom; y++)
    for (let x = Math.max(0, Math.floor(box.left) - 1); x < right; x++) {
      const covered = Math.min(1, 0.5 - distance(x + 0.5, y + 0.5));
      if (covered <= 0) continue;
      const start = (y * WIDTH + x) * 3;
      for (let channel = 0; channel < 3; channel++) {
        const below = data[start + channel] as number;
        data[start + channel] = Math.round(below + ((colour[channel] as number) - below) * covered);
      }
    }
}

function mirror(data: Uint8Array): void {
  for (let y = 0; y < HEIGHT; y++)
    for (let x = 0; x < CENTRE; x++) {
      const from = (y * WIDTH + x) * 3;
      data.copyWithin((y * WIDTH + WIDTH - 1 - x) * 3, from, from + 3);
    }
}

function mixed(from: Colour, to: Colour, share: number): Colour {
  return [
    from[0] + (to[0] - from[0]) * share,
    from[1] + (to[1] - from[1]) * share,
    from[2] + (to[2] - from[2]) * share,
  ];
}

/** A colour by its hue in degrees, and saturation and lightness from 0 to 1. */
function hsl(hue: number, saturation: number, lightness: number): Colour {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  const channel = (offset: number) => {
    const sector = (offset + hue / 30) % 12;
    return 255 * (lightness - reach * Math.max(-1, Math.min(sector - 3, 9 - sector, 1)));
  };
  return [channel(0), channel(8), channel(4)];
}
