// Which WebGPU adapter there is. Page, worker or Node.

export interface Adapter {
  readonly isFallbackAdapter?: boolean;
  readonly info?: {
    readonly isFallbackAdapter?: boolean;
    readonly architecture?: string;
    readonly description?: string;
  };
}
interface Gpu {
  requestAdapter(): Promise<Adapter | null>;
}

/** None where the browser has no WebGPU, or no adapter for it. */
export async function findAdapter(): Promise<Adapter | null> {
  // Node 20 has no navigator.
  const { navigator } = globalThis as { navigator?: { gpu?: Gpu } };
  return (await navigator?.gpu?.requestAdapter().catch(() => null)) ?? null;
}

/** A software adapter computes correctly, and slower than WASM. */
export function isSoftware({ isFallbackAdapter, info }: Adapter): boolean {
  const names = `${info?.architecture} ${info?.description}`;
  return (
    (info?.isFallbackAdapter ?? isFallbackAdapter ?? false) ||
    /swiftshader|llvmpipe|lavapipe|basic render/i.test(names)
  );
}
