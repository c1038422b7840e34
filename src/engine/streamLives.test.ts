import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { closeWithoutBugs, createTestFleet } from '../../tests/fakes/testFleet.ts'
import type { DemoFleet } from '../demo/demoFleet.fixture.ts'
import { rtspServer } from '../demo/rtspServer.fixture.ts'
import type { TestEngines } from './testEngines.ts'

const minuteMs = 60_000
const startAt = Date.UTC(2026, 9, 24, 8)
const exam = 'exam_1_student_2_1693875600000'

let engines: TestEngines
let demo: DemoFleet
beforeEach(async () => {
  ;({ engines, demo } = await createTestFleet(startAt, 'lives', [rtspServer('Berlin', exam, 'cam2')]))
})
afterEach(() => closeWithoutBugs(engines))

async function watch() {
  const servers = demo.yamlServers().map((server) => ({ ...server, intervalSeconds: 5 }))
  const { client } = await engines.start({ servers, naming: ['{examId}_{participantId}_{timestamp}'] }, { dataDir: join(engines.folder, 'data') })
  const until = (minutes: number) => engines.clock.advance(startAt + minutes * minuteMs - engines.clock.now())
  const minutesOf = (at: number | null) => (at === null ? null : Math.round((at - startAt) / minuteMs))
  const lives = async (input: Parameters<typeof client.streams.lives>[0] = { from: startAt }) => {
    const { streams, ...rest } = await client.streams.lives(input)
    return {
      ...rest,
      of: Object.fromEntries(
        streams.map(({ path, lives: all }) => [path, all.map(({ active, gone, goneUnseen }) => [minutesOf(active), minutesOf(gone), goneUnseen])]),
      ),
      streams,
    }
  }
  return { client, until, lives }
}

test('a stream that leaves and comes back has lived twice, with who read it and what it sent', async () => {
  const { until, lives } = await watch()
  await until(10)
  demo.server('Berlin').trouble({ kind: 'publisherGone', path: exam, forMs: 5 * minuteMs })
  await until(30)
  const found = await lives()
  expect(found.of).toEqual({
    [exam]: [
      [15, null, false],
      [0, 10, false],
    ],
    cam2: [[0, null, false]],
  })
  expect(found.resolutionMs).toBeLessThanOrEqual(minuteMs)
  const [second, first] = found.streams.find(({ path }) => path === exam)?.lives ?? []
  expect(first?.bytes).toBeGreaterThan(0)
  expect(second?.durationMs).toBeGreaterThan(14 * minuteMs)
  expect(second?.peakReaders).not.toBeNull()
  expect(first).toMatchObject({ created: null, watchedBefore: false, watched: (first?.peakReaders ?? 0) > 0 ? first?.active : null })
})

test('they are found by fields of names, and of a time that is over nothing later is said', async () => {
  const { until, lives } = await watch()
  await until(10)
  demo.server('Berlin').trouble({ kind: 'publisherGone', path: exam, forMs: 5 * minuteMs })
  await until(30)
  const found = await lives({ from: startAt, where: 'examId=exam_1' as unknown as string[] })
  expect(found.streams.map(({ path, fields }) => ({ path, fields }))).toEqual([
    { path: exam, fields: { examId: 'exam_1', participantId: 'student_2', timestamp: '1693875600000' } },
  ])
  expect((await lives({ from: startAt, where: ['examId=exam_9'] })).streams).toEqual([])
  expect((await lives({ from: startAt, to: startAt + 8 * minuteMs, where: ['examId=exam_1'] })).of).toEqual({ [exam]: [[0, null, false]] })
  expect((await lives({ from: startAt + 5 * minuteMs, where: ['examId=exam_1'] })).of[exam]?.at(-1)).toEqual([null, 10, false])
})

test('an absence of the server alone ends nothing, and a restart ends all lives when they were last seen', async () => {
  const { until, lives } = await watch()
  await until(10)
  demo.server('Berlin').trouble({ kind: 'unplugged', forMs: 5 * minuteMs })
  await until(30)
  expect((await lives()).of.cam2).toEqual([[0, null, false]])
  demo.server('Berlin').trouble({ kind: 'die', forMs: 5 * minuteMs })
  await until(45)
  expect((await lives()).of.cam2).toEqual([
    [35, null, false],
    [0, 30, true],
  ])
})

test('while its server does not answer, a life goes on, and its end is that of the stream', async () => {
  const { until, lives } = await watch()
  await until(10)
  demo.server('Berlin').trouble({ kind: 'die', forMs: 25 * minuteMs })
  await until(30)
  expect((await lives()).of.cam2).toEqual([[0, null, false]])
  // As it was known then, also once more is known.
  await until(40)
  expect((await lives({ from: startAt, to: startAt + 30 * minuteMs })).of.cam2).toEqual([[0, null, false]])
  demo.server('Berlin').trouble({ kind: 'configure', remove: ['cam2'] })
  await until(50)
  expect((await lives()).of.cam2).toEqual([
    [35, 40, expect.any(Boolean)],
    [0, 10, true],
  ])
})

test('a day says the same as a short time: lives and pauses of seconds, and none that never was', async () => {
  const { client, until } = await watch()
  await until(31)
  demo.server('Berlin').trouble({ kind: 'publisherGone', path: exam, forMs: 15_000 })
  await until(32)
  demo.server('Berlin').trouble({ kind: 'publisherGone', path: exam, forMs: 20_000 })
  await until(33)
  demo.server('Berlin').trouble({ kind: 'die', forMs: 20_000 })
  await until(40)
  const of = async (input: Parameters<typeof client.streams.lives>[0]) => {
    const { streams } = await client.streams.lives(input)
    return streams.map(({ path, lives: all }) => ({ path, all: all.map(({ active, gone, goneUnseen }) => [active, gone, goneUnseen]) }))
  }
  const exact = await of({ from: startAt + 60_000, to: startAt + 39 * minuteMs })
  expect(exact.find(({ path }) => path === exam)?.all).toHaveLength(4)
  // Of the short time nothing is known of what began before it.
  const withoutBegin = (found: typeof exact) => {
    const laterOf = (all: readonly (readonly unknown[])[]) => all.map((times, place) => (place === all.length - 1 ? times.slice(1) : times))
    return Object.fromEntries(found.map(({ path, all }) => [path, laterOf(all)]))
  }
  expect(withoutBegin(await of({ to: startAt + 39 * minuteMs }))).toEqual(withoutBegin(exact))
  const { serverId = '' } = (await client.streams.list()).find(({ server }) => server === 'Berlin') ?? {}
  const day = await of({ serverId, path: exam, lastMs: 31 * 24 * 60 * minuteMs, to: startAt + 39 * minuteMs })
  expect(withoutBegin(day)).toEqual(withoutBegin(exact.filter(({ path }) => path === exam)))
})
