export function total(numbers) {
  return numbers.reduce((sum, each) => sum + each, 0);
}

export function number(value) {
  return value >= 10 || Number.isInteger(value) ? Math.round(value).toLocaleString('en') : value.toFixed(1);
}

/** A span of time in its largest fitting unit. */
export function span(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 172_800) return `${Math.floor(s / 3600)} h`;
  return `${Math.floor(s / 86_400)} days`;
}

export function milliseconds(ms) {
  return ms < 1000 ? `${ms} ms` : `${ms / 1000} s`;
}

export function untilOf(at, sampledAt) {
  return span((Date.parse(at) - Date.parse(sampledAt)) / 1000);
}
