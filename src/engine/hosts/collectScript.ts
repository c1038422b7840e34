export { collectScript, scriptLimitSeconds } from '../../shared/collectScript.ts'

/**
 * What to read from a host, as letters that may be combined (`fs`): f: figures that change quickly; s: the rest, and its clock; m: its media
 * servers' processes, which s includes; p: its processes, which takes a second; l: its listeners and the end of the media server's log. Older
 * scripts ignore m and l, and the digits after the letters, which are the port of pprof.
 */
export type CollectQuestion = 'f' | 'fm' | 's' | 'fs' | 'p' | 'l'

/** Limits that also suit hosts with hundreds of cores, disks or processes. */
export const collectLimits: Readonly<Record<CollectQuestion, { readonly timeoutMs: number; readonly maxBytes: number }>> = {
  f: { timeoutMs: 10_000, maxBytes: 512 * 1024 },
  fm: { timeoutMs: 10_000, maxBytes: 512 * 1024 },
  // Up to five commands run there, each limited to 5 s if the host has `timeout`.
  s: { timeoutMs: 30_000, maxBytes: 1024 * 1024 },
  fs: { timeoutMs: 30_000, maxBytes: 1024 * 1024 },
  // Its service manager and its journal are asked, each for 5 s at most where the host has `timeout`.
  l: { timeoutMs: 12_000, maxBytes: 512 * 1024 },
  p: { timeoutMs: 20_000, maxBytes: 4 * 1024 * 1024 },
}
