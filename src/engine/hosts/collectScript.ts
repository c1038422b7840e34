export { collectScript, scriptLimitSeconds } from '../../shared/collectScript.ts'

/**
 * What a host is asked, letters that may stand together (`fs`): f: what moves; s: the rest, and its clock; m: who its media
 * servers' processes are, which s has with it; p: its processes, which takes a second. Older scripts ignore m, and the
 * digits behind the letters: the port of pprof.
 */
export type CollectQuestion = 'f' | 'fm' | 's' | 'fs' | 'p'

/** The larger answers are those of hosts with hundreds of cores, disks or processes. */
export const collectLimits: Readonly<Record<CollectQuestion, { readonly timeoutMs: number; readonly maxBytes: number }>> = {
  f: { timeoutMs: 10_000, maxBytes: 512 * 1024 },
  fm: { timeoutMs: 10_000, maxBytes: 512 * 1024 },
  // Up to five commands that get 5 s each there, where the host has `timeout`.
  s: { timeoutMs: 30_000, maxBytes: 1024 * 1024 },
  fs: { timeoutMs: 30_000, maxBytes: 1024 * 1024 },
  p: { timeoutMs: 20_000, maxBytes: 4 * 1024 * 1024 },
}
