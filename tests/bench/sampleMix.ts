import type { MetricId, MetricIdOf } from '../../src/shared/metrics.ts'

/** The mix of samples that sizes and speeds of the history are given for. */
export interface SampleMix {
  readonly names: readonly string[]
  /** One column each. */
  readonly metrics: readonly MetricId[]
  readonly rounds: number
  /**
   * `values[path * metrics.length + column]` of a round; NaN where the path has no such figure. A new array each time.
   * Any round can be asked for, also beyond `rounds`, and without those before it.
   */
  readonly valuesOf: (round: number) => Float64Array<ArrayBuffer>
  /** Numbers that are known, in all rounds. */
  readonly samples: number
}

export const mixMetrics = [
  'path.state',
  'path.bitrateIn',
  'path.bitrateOut',
  'path.readers',
  'path.framesInError',
  'path.packetsLost',
  'path.packetsRepaired',
  'path.rtt',
  'path.receiveRate',
  'path.latency',
] as const satisfies readonly MetricIdOf<'stream'>[]

/** An RTSP path has the first five of them. */
const rtspMetrics = 5

/**
 * 70 % RTSP paths with 5 known figures and 30 % SRT paths with 10, of 1 to 8 Mbit/s with a noise of ±2 to ±12 % that
 * differs by path; four paths in five have readers, who come and go about every five minutes. The same numbers each
 * time, and no clever ones: noise is even, and no number follows from the one before.
 */
export function createMix(paths: number, rounds: number): SampleMix {
  const width = mixMetrics.length
  const isSrt = (path: number): boolean => path % 10 >= 7
  const columns = Array.from({ length: paths }, (_, path) => ({
    bitrate: 1e6 + 7e6 * chance(path, 0, 1),
    noise: 0.02 + 0.1 * chance(path, 0, 2),
    rtt: 5 + 60 * chance(path, 0, 3),
    latency: 120 + 40 * Math.floor(chance(path, 0, 4) * 10),
    loss: 0.002 + 0.02 * chance(path, 0, 5),
    mostReaders: path % 5 === 0 ? 0 : 1 + Math.floor(chance(path, 0, 6) * 4),
  }))
  const valuesOf = (round: number): Float64Array<ArrayBuffer> => {
    const values = new Float64Array(paths * width).fill(Number.NaN)
    for (let path = 0; path < paths; path++) {
      const { bitrate, noise, rtt, latency, loss, mostReaders } = columns[path] as (typeof columns)[number]
      const noisy = (salt: number): number => bitrate * (1 - noise + 2 * noise * chance(path, round, salt))
      const epoch = Math.floor((round + path * 37) / 150)
      const readers = Math.round(mostReaders * chance(path, epoch, 7))
      const at = path * width
      // Ten rounds in which it stalls, once in four hours or so.
      values[at] = (round + path * 131) % 7200 < 10 ? 2 : 0
      values[at + 1] = noisy(8)
      values[at + 2] = readers * noisy(9)
      values[at + 3] = readers
      values[at + 4] = chance(path, round, 10) < 0.001 ? 1 + Math.floor(chance(path, round, 11) * 5) : 0
      if (!isSrt(path)) continue
      const lost = chance(path, round, 12) < loss ? 1 + Math.floor(chance(path, round, 13) * 20) : 0
      values[at + 5] = chance(path, round, 14) < loss / 10 ? lost : 0
      values[at + 6] = lost
      values[at + 7] = rtt * (0.98 + 0.06 * chance(path, round, 15))
      values[at + 8] = (noisy(8) / 1e6) * (1.02 + 0.01 * chance(path, round, 16))
      values[at + 9] = latency
    }
    return values
  }
  const srtPaths = columns.reduce((sum, _, path) => sum + (isSrt(path) ? 1 : 0), 0)
  return {
    names: columns.map((_, path) => `site${path % 40}/cam${path}`),
    metrics: mixMetrics,
    rounds,
    valuesOf,
    samples: rounds * (paths * rtspMetrics + srtPaths * (width - rtspMetrics)),
  }
}

/** From 0 to 1, evenly, and the same for the same place: a hash with good mixing (murmur3's finish). */
function chance(path: number, round: number, salt: number): number {
  let h = Math.imul(path + 1, 0x9e3779b1) ^ Math.imul(round + 1, 0x85ebca77) ^ Math.imul(salt + 1, 0xc2b2ae3d)
  h ^= h >>> 16
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  h ^= h >>> 16
  return (h >>> 0) / 2 ** 32
}
