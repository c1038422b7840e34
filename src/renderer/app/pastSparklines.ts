import { createLineReader, type LineReaderOptions } from './lineReader.ts'

interface PastSparklinesOptions extends LineReaderOptions {
  /** Lines are there that were asked for. */
  readonly onReady: () => void
}

/** Bitrates that led to a moment of the past, fetched for the streams that are in sight and for no others. */
export interface PastSparklines {
  readonly goTo: (at: number | null) => void
  /** Fills `into` with the last bitrates of a stream, oldest first, NaN where not known, and returns how many. 0: asked for, not there yet. */
  readonly read: (serverId: string, path: string, intervalMs: number, into: Float64Array | Float32Array) => number
}

/** A line that ended so long before is still nearly the same; an older one would be wrong. */
const nearMs = 15_000

export function createPastSparklines({ onReady, ...options }: PastSparklinesOptions): PastSparklines {
  let moment: number | null = null
  const lines = new Map<string, { readonly at: number; readonly values: Float64Array }>()
  const reader = createLineReader(
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
