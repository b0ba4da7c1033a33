// Properties that take one of a few words, or a number: other values are as if they were not there, and the
// console says so once. Page thread.
const warned = new Set<string>();

/** One console warning for each text. */
export function warnOnce(text: string): void {
  if (warned.has(text)) return;
  warned.add(text);
  console.warn(text);
}

/** As authors write it: `theme`, `latency-mode`. */
const attributeOf = (host: object, name: string): string => {
  const { elementProperties } = host.constructor as unknown as {
    elementProperties: Map<string, { readonly attribute?: unknown }>;
  };
  const attribute = elementProperties.get(name)?.attribute;
  return typeof attribute === "string" ? attribute : name;
};

/** A decorator above `@property()`, whose accessors it wraps: what is set is first checked. */
const checked =
  (check: (value: unknown, warn: (allowed: string) => void) => unknown): PropertyDecorator =>
  (prototype, name) => {
    const { get, set } = Object.getOwnPropertyDescriptor(prototype, name)!;
    const descriptor: PropertyDescriptor = {
      configurable: true,
      enumerable: true,
      get,
      set(this: HTMLElement, value: unknown) {
        const checked = check(value, (allowed) => {
          const attribute = attributeOf(this, String(name));
          warnOnce(`<${this.localName} ${attribute}="${String(value)}">: ${attribute} ${allowed}`);
        });
        set!.call(this, checked);
      },
    };
    Object.defineProperty(prototype, name, descriptor);
    // An accessor of the class's own is defined anew with what its decorators return.
    return descriptor as unknown as void;
  };

/** A property that is one of `words`; `usual` where it is none of them. */
export const oneOf = (usual: string, words: readonly string[]) =>
  checked((value, warn) => {
    if (words.includes(value as string)) return value;
    const used = usual && `; “${usual}” is used`;
    if (value !== null && value !== undefined && value !== "") {
      warn(`is one of ${words.filter(Boolean).join(", ")}${used}.`);
    }
    return usual;
  });

/** A property that is a number; `usual` where it is none. What lies outside the range is left to the setter. */
export const numeric = (usual: number, least = -Infinity, most = Infinity) =>
  checked((value, warn) => {
    if (value === null || value === undefined) return usual;
    const isNumber = typeof value === "number" && !Number.isNaN(value);
    if (!isNumber || value < least || value > most) {
      warn(least === -Infinity ? "is a number." : `is a number from ${least} to ${most}.`);
    }
    return isNumber ? value : usual;
  });
