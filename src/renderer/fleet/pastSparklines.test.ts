import { describe, expect, it } from 'vitest'
import type { SeriesColumns } from '../../shared/history.ts'
import { partOf } from '../../shared/subjectNames.ts'
import { createPastSparklines } from './pastSparklines.ts'

const columns = (at: readonly number[], mean: readonly number[], tier: SeriesColumns['tier'] = 'samples'): SeriesColumns => ({
  at: [...at],
  min: [...mean],
  mean: [...mean],
  max: [...mean],
  gaps: [],
  tier,
})
async function turns() {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

describe('createPastSparklines', () => {
  const open = () => {
    const asked: { readonly paths: readonly string[]; readonly from: number; readonly to: number }[] = []
    let ready = 0
    const lines = createPastSparklines({
      ask: async ({ series, from, to }) => {
        asked.push({ paths: series.map(({ subject }) => partOf(subject) ?? ''), from, to })
        return series.map(() => columns([to - 1], [to]))
      },
      onReady: () => ready++,
      pause: () => Promise.resolve(),
    })
    const into = new Float64Array(60)
    const read = (path: string, intervalMs = 2000) => (lines.read('a', path, intervalMs, into) === 0 ? null : (into[59] ?? null))
    return { lines, asked, read, ready: () => ready }
  }

  it('asks once for the streams in sight, with those polled as often in one question', async () => {
    const { lines, asked, read, ready } = open()
    lines.goTo(500_000)
    expect([read('x'), read('y'), read('slow', 10_000), read('x')]).toEqual([null, null, null, null])
    await turns()
    expect(asked).toEqual([
      { paths: ['x', 'y'], from: 380_000, to: 500_000 },
      { paths: ['slow'], from: -100_000, to: 500_000 },
    ])
    expect([read('x'), read('slow', 10_000), ready()]).toEqual([500_000, 500_000, 2])
    await turns()
    expect(asked.length).toBe(2)
  })

  it('keeps a line while the cursor is near and its next one is on its way, and drops it when it is far', async () => {
    const { lines, asked, read } = open()
    lines.goTo(500_000)
    read('x')
    await turns()
    lines.goTo(502_000)
    expect(read('x')).toBe(500_000)
    await turns()
    expect([read('x'), asked.length]).toEqual([502_000, 2])
    lines.goTo(900_000)
    expect(read('x')).toBeNull()
    lines.goTo(null)
    expect(read('x')).toBeNull()
  })

  it('asks for no more than two screens of streams, 64 at a time', async () => {
    const { lines, asked, read } = open()
    lines.goTo(500_000)
    for (let stream = 0; stream < 1000; stream++) read(`cam-${stream}`)
    await turns()
    expect(asked.map(({ paths }) => paths.length)).toEqual([64, 64, 64])
  })
})
