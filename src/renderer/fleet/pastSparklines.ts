import { createLineFetcher, type LineFetcherOptions } from './lineFetcher.ts'

interface PastSparklinesOptions extends LineFetcherOptions {
  /** Called when requested lines have loaded. */
  readonly onReady: () => void
}

/** Sparklines that end at a moment in the past, fetched for visible streams only. */
interface PastSparklines {
  readonly goTo: (at: number | null) => void
  /** Writes the last bit rates of a stream into `into`, oldest first, NaN where unknown, and returns their number. 0: requested, but not loaded yet. */
  readonly read: (serverId: string, path: string, intervalMs: number, into: Float64Array | Float32Array) => number
}

/** A line that ends up to this long before the moment is close enough to show, ms. */
const nearMs = 15_000

export function createPastSparklines({ onReady, ...options }: PastSparklinesOptions): PastSparklines {
  let moment: number | null = null
  const lines = new Map<string, { readonly at: number; readonly values: Float64Array }>()
  const reader = createLineFetcher(
    options,
    () => moment,
    (key, _, values, at) => lines.set(key, { at, values }),
    onReady,
  )
  return {
    goTo: (at) => {
      if (at === moment) return
      moment = at
      reader.forget()
      if (at === null) lines.clear()
      else for (const [key, line] of lines) if (Math.abs(line.at - at) > nearMs) lines.delete(key)
    },
    read: (serverId, path, intervalMs, into) => {
      if (moment === null) return 0
      const key = `${serverId}/${path}`
      const line = lines.get(key)
      if (line?.at !== moment) reader.want(key, { serverId, path, intervalMs })
      if (!line) return 0
      into.set(line.values)
      return line.values.length
    },
  }
}
