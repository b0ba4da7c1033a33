// URLs of the files that ship in models/, by name. Page or worker. The build puts them in, each written
// so that bundlers see and copy it, as in ../separator/built-files.ts; in what is not built there are none.

export const shippedModels = (): Readonly<Record<string, string>> => ({});
