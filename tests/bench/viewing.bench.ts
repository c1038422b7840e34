// A report of who watched: 750 streams of five servers, of a day and of 30 days, most of the day not archived yet.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSlices } from '../../src/clock/slices.ts'
import { Viewing } from '../../src/engine/viewing/viewing.ts'
import type { MetricId } from '../../src/shared/metrics.ts'
import { someServer } from '../../src/shared/servers.fixture.ts'
import { serverSubject } from '../../src/shared/subjectNames.ts'
import { cpuMs, dayMs, openBenchStore } from './benchStore.ts'
import { type Bench, rounded } from './figures.ts'

const servers = ['berlin', 'bonn', 'bremen', 'kiel', 'ulm']
const paths = Array.from({ length: 150 }, (_, place) => `studio/cam-${place}`)
const metrics = [
  ...(['path.state', 'path.bitrateIn', 'path.bitrateOut', 'path.lostLastMinute', 'path.rtt'] as const),
  ...(['path.people', 'path.viewers', 'path.readers'] as const),
] satisfies MetricId[]
const minuteMs = 60_000
const hourMs = 60 * minuteMs
/** How many streams are read one by one, to compare with. */
const alone = 25

export const bench: Bench = async (report, { quick }) => {
  const days = quick ? 2 : 30
  const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-bench-'))
  const to = Math.floor(Date.now() / dayMs) * dayMs + 20 * hourMs
  const from = to - days * dayMs
  await using store = await openBenchStore(folder, from)
  const { clock, history } = store
  try {
    for (let at = from; at < to; ) {
      // A minute is one bucket, however often is polled in it.
      const stepMs = to - at > 1.2 * dayMs ? 5 * minuteMs : minuteMs
      const until = Math.min(to, at + 12 * stepMs)
      for (; at < until; at += stepMs)
        for (const server of servers) {
          const values = paths.flatMap((_, stream) => {
            const people = (stream + Math.floor(at / hourMs)) % 7
            return [1, 4_000_000 + ((stream * 7919 + at) % 90_000), 1_000_000 * people, 0, 20 + ((stream + at / minuteMs) % 9), people + 1, people, people + 2]
          })
          history.append({ owner: serverSubject(server), at, parts: paths, metrics, values: Float64Array.from(values) })
        }
      const pastMidnight = at % dayMs < 24 * stepMs ? 9_000 : 400
      await clock.sleepMachine(at - clock.now() - pastMidnight)
      await clock.advance(pastMidnight)
    }
    while (clock.now() < to + 20 * minuteMs) await clock.advance(10_000)
    const viewing = new Viewing({
      clock,
      history,
      slices: createSlices({ ...clock, monotonic: () => performance.now() }),
      server: (id) => someServer(id, { tags: [id] }),
      stream: () => null,
      cameras: { get: () => null, seenOf: () => null, streamsOf: () => null },
      accountName: () => null,
      signal: new AbortController().signal,
    })
    const measure = async (name: string, lastMs: number, goal: string) => {
      const before = performance.now()
      const cpuBefore = cpuMs()
      const { total } = await viewing.report({ to, lastMs, limit: 100, offset: 0 })
      const took = performance.now() - before
      const cpuAfter = cpuMs()
      for (let place = 0; place < alone; place++)
        await viewing.stream({ to, lastMs, serverId: servers[place % servers.length] as string, path: paths[place] as string })
      const ofOne = (cpuMs() - cpuAfter) / alone
      const cpu = cpuAfter - cpuBefore
      report({ figure: `viewing: ${name}`, value: rounded(took), unit: 'ms', goal: null, limit: null, note: `${total} streams, ${rounded(cpu)} ms of CPU` })
      // CPU time, because of the two the machine may be busier with others during one.
      const share = rounded((100 * cpu) / (total * ofOne))
      report({
        figure: `viewing: ${name}, of its streams read one by one`,
        value: share,
        unit: '%',
        goal,
        limit: null,
        note: `${rounded(ofOne)} ms of CPU each`,
      })
    }
    // Which starts the threads that read.
    await viewing.report({ to, lastMs: hourMs, limit: 100, offset: 0 })
    await measure('a day', dayMs, '<= 40')
    if (!quick) await measure('30 days', 30 * dayMs, '<= 40')
  } finally {
    rmSync(folder, { recursive: true })
  }
}
