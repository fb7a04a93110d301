export function escaped(text) {
  return String(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

export function clockOf(at) {
  return `<time datetime="${escaped(at)}">${escaped(at.slice(11, 16))} UTC</time>`;
}

export function card(title, body, aside = '') {
  return `<header><h2>${title}</h2>${aside ? `<p>${aside}</p>` : ''}</header>${body}`;
}

export function unknown(sentence) {
  return `<p class="empty">${sentence}</p>`;
}

/** Parts of a whole, each of a class and from 0 to 1. */
export function bar(parts) {
  let from = 0;
  const rects = parts.map(([name, part]) => {
    const width = Math.min(100 - from, part * 100);
    const rect =
      width > 0 ? `<rect class="${name}" x="${from.toFixed(2)}" width="${width.toFixed(2)}" height="8"/>` : '';
    from += width;
    return rect;
  });
  return `<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="8"/>${rects.join('')}</svg>`;
}
