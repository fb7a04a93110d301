/**
 * A price as it is written in `locale`: "£18", "¥128.50"; a plain number where the currency is not known. `fallback` is a
 * locale that is sure to exist, for tags that are well-formed but none.
 */
export function formatPrice(price: number, currency: string | undefined, locale: string, fallback: string): string {
  const format: Intl.NumberFormatOptions =
    currency === undefined
      ? { maximumFractionDigits: 2 }
      : { style: 'currency', currency, trailingZeroDisplay: 'stripIfInteger' };
  return new Intl.NumberFormat(existing(locale) ?? fallback, format).format(price);
}

function existing(locale: string): string | undefined {
  try {
    return Intl.NumberFormat.supportedLocalesOf(locale)[0];
  } catch {
    return undefined;
  }
}
