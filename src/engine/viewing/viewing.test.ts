import BetterSqlite3 from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { createSlices } from '../../clock/slices.ts'
import { type CameraInput, cameraInputSchema } from '../../shared/cameras.ts'
import { contract } from '../../shared/contract.ts'
import { type Operator, soleOperator } from '../../shared/permissions.ts'
import { someServer } from '../../shared/servers.fixture.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import { serverSubject } from '../../shared/subjectNames.ts'
import type { ViewingInput, ViewingRow } from '../../shared/viewing.ts'
import { Cameras } from '../cameras/cameras.ts'
import type { History } from '../history/history.ts'
import { testHistories } from '../history/openHistories.fixture.ts'
import { mainMigrations } from '../storage/mainMigrations.ts'
import { migrate } from '../storage/migrate.ts'
import { createTestEngines } from '../testEngines.ts'
import { createTestLog } from '../testLog.ts'
import { Viewing } from './viewing.ts'

const startAt = Date.UTC(2026, 10, 14, 12)
const { clock, open } = testHistories(startAt)
const minuteMs = 60_000
const hourMs = 3_600_000
/** Polls are far apart, so that a day is soon stored. */
const stepMs = 30_000

/** Who reads a stream in a poll: people, CDNs and machines; null: it is not listed. */
type Readers = readonly [people: number, cdns?: number, machines?: number] | null
/** A poll by server and path; 'off': this console does not run. */
type Poll = Readonly<Record<string, Readonly<Record<string, Readers>>>> | 'off'

/** Stores a poll for some minutes; the last of them is now. */
async function keep(store: History, periods: readonly (readonly [minutes: number, poll: Poll])[], metrics = ['path.viewers', 'path.readers'] as const) {
  let at = clock().now() - periods.reduce((sum, [minutes]) => sum + minutes, 0) * minuteMs
  for (const [minutes, poll] of periods)
    for (const until = at + minutes * minuteMs; at < until; at += stepMs) {
      if (poll === 'off') continue
      for (const [id, paths] of Object.entries(poll)) {
        const listed = Object.entries(paths).filter(([, readers]) => readers !== null)
        const values = listed.flatMap(([, readers]) => {
          const [people, cdns = 0, machines = 0] = readers ?? [Number.NaN]
          return [people, people + cdns + machines]
        })
        store.append({ owner: serverSubject(id), at, parts: listed.map(([path]) => path), metrics: [...metrics], values: Float64Array.from(values) })
      }
      await clock().advance(0)
    }
  await clock().advance(1_000)
}

function camerasOf(inputs: readonly object[] = []): Cameras {
  const db = new BetterSqlite3(':memory:')
  migrate(db, mainMigrations)
  const cameras = new Cameras({
    clock: clock(),
    log: createTestLog(),
    db,
    box: null,
    onChange: () => {},
    plans: { planned: () => null, plannedWithin: () => null },
  })
  for (const input of inputs) cameras.add(cameraInputSchema.parse(input) as CameraInput, soleOperator)
  return cameras
}
function viewingOf(store: History, cameras: Cameras = camerasOf()) {
  const tags: Readonly<Record<string, readonly string[]>> = { berlin: ['north', 'studio'], bonn: ['north'] }
  return new Viewing({
    clock: clock(),
    history: store,
    slices: createSlices(clock()),
    server: (id) => (id in tags ? someServer(id, { name: id, tags: [...(tags[id] ?? [])] }) : null),
    stream: (_, path) => (path === 'old' ? { hlsViewersUnknown: true } : null),
    cameras,
    accountName: (id) => (id === 'p1' ? 'ada' : null),
    signal: new AbortController().signal,
  })
}
const asked = (input: Partial<ViewingInput> = {}): ViewingInput => ({ lastMs: 86_400_000, limit: 1_000, offset: 0, ...input })
const hours = (ms: number | null) => ms && Math.round((ms / hourMs) * 10) / 10
const said = ({ name, peopleMs, most, observedMs }: ViewingRow) => [name, hours(peopleMs), most, hours(observedMs)]

describe('what viewers watched', () => {
  test('is people times hours, with the most at once, the most watched first', async () => {
    const store = await open()
    await keep(store, [
      [60, { berlin: { a: [1], b: [4] } }],
      [60, { berlin: { a: [3], b: [0] } }],
      [60, { berlin: { a: [3], b: [0] } }],
    ])
    const { rows, total, all } = await viewingOf(store).report(asked())
    expect(rows.map(said)).toEqual([
      ['a', 7, 3, 3],
      ['b', 4, 4, 3],
    ])
    expect([total, hours(all.peopleMs), hours(all.observedMs)]).toEqual([2, 11, 3])
    expect((await viewingOf(store).report(asked({ offset: 1 }))).rows.map(({ name }) => name)).toEqual(['b'])
  })

  test('time in which nobody polled is neither watched nor unwatched, and what was observed stands beside', async () => {
    const store = await open()
    await keep(store, [
      [60, { berlin: { a: [2] } }],
      [120, 'off'],
      [60, { berlin: { a: [2], b: [0] } }],
    ])
    const [a, b] = (await viewingOf(store).report(asked())).rows
    expect(a && said(a)).toEqual(['a', 4, 2, 2])
    // Nobody watched it, which is known of an hour only.
    expect(b && said(b)).toEqual(['b', 0, 0, 1])
    const { row } = await viewingOf(store).stream({ lastMs: 4 * hourMs, serverId: 'berlin', path: 'a' })
    expect([row.over.includes(null), row.over.some((people) => people !== null)]).toEqual([true, true])
  })

  test('nobody watches a stream while it is gone, however short that is, and nothing is observed of it', async () => {
    const store = await open()
    const metrics = ['path.state', 'path.viewers', 'path.readers'] as const
    for (let at = startAt; at < startAt + 2 * hourMs; at += stepMs) {
      const isGone = at >= startAt + hourMs && at % minuteMs !== 0
      const values = isGone ? [streamStateCodes.gone, Number.NaN, Number.NaN] : [streamStateCodes.live, 2, 2]
      store.append({ owner: serverSubject('berlin'), at, parts: ['a'], metrics: [...metrics], values: Float64Array.from(values) })
      await clock().advance(stepMs)
    }
    // Until it is read by minutes.
    await clock().advance(30 * minuteMs)
    const { rows, all } = await viewingOf(store).report(asked())
    expect(rows.map(said)).toEqual([['a', 3, 2, 1.5]])
    expect([hours(all.peopleMs), hours(all.observedMs)]).toEqual([3, 1.5])
  })

  test('machines and CDNs are counted apart, and what is not known of somebody is not 0', async () => {
    const store = await open()
    await keep(store, [[60, { berlin: { a: [1, 1, 2], unknown: [Number.NaN] } }]])
    const { rows } = await viewingOf(store).report(asked())
    expect(rows.map(({ name, peopleMs, othersMs }) => [name, hours(peopleMs), hours(othersMs)])).toEqual([
      ['a', 1, 3],
      ['unknown', null, null],
    ])
    expect(rows[1]).toMatchObject({ most: null, observedMs: 0 })
  })

  test('streams that follow each other are observed one after the other, not at once', async () => {
    const store = await open()
    await keep(store, [
      [5, { berlin: { a: [2] } }],
      [5, { berlin: { b: [2] } }],
    ])
    const { all } = await viewingOf(store).report(asked())
    expect([Math.round(all.observedMs / minuteMs), Math.round((all.peopleMs ?? 0) / minuteMs)]).toEqual([10, 20])
  })

  test('by camera, project and owner the streams of cameras are added up, and everybody finds those alone that he may see', async () => {
    const store = await open()
    await keep(store, [[60, { berlin: { a: [2], 'a/low': [1], b: [4] }, bonn: { c: [3] } }]])
    const stream = (path: string, serverId = 'berlin', use = 'main') => ({ use, serverId, path })
    const cameras = camerasOf([
      { name: 'Gate', project: 'North', owner: { kind: 'account', id: 'p1' }, streams: [stream('a'), stream('a/low', 'berlin', 'sub')] },
      { name: 'Gate', project: 'South', owner: { kind: 'group', name: 'Guards' }, streams: [stream('c', 'bonn')] },
      { name: 'Shed', streams: [{ use: 'main', address: 'rtsp://10.0.0.5/1' }] },
    ])
    const viewing = viewingOf(store, cameras)
    const user: Operator = { ...soleOperator, id: 'p1', role: 'user', permission: null, owns: { accountId: 'p1', groups: [] } }
    const limited: Operator = { ...soleOperator, id: 'l', role: 'moderator', limit: { projects: ['South'], tags: [] } }
    const by = async (operator: Operator, by: 'camera' | 'project' | 'owner') => {
      const { rows, all } = await viewing.cameras({ ...asked(), by }, operator)
      return [...rows.map(({ name, project, ownerKind, peopleMs, most }) => [name, project, ownerKind, hours(peopleMs), most]), hours(all.peopleMs)]
    }
    // Those of no camera together.
    const rest = [null, null, null, 4, 4]
    expect(await by(soleOperator, 'camera')).toEqual([rest, ['Gate', 'North', null, 3, 3], ['Gate', 'South', null, 3, 3], 10])
    expect(await by(soleOperator, 'project')).toEqual([rest, ['North', null, null, 3, 3], ['South', null, null, 3, 3], 10])
    expect(await by(soleOperator, 'owner')).toEqual([rest, ['Guards', null, 'group', 3, 3], ['ada', null, 'account', 3, 3], 10])
    expect(await by(user, 'camera')).toEqual([['Gate', 'North', null, 3, 3], 3])
    expect(await by(limited, 'owner')).toEqual([['Guards', null, 'group', 3, 3], 3])

    const ids = cameras.seenBy(soleOperator).map(({ id }) => id)
    const line = await viewing.camera({ id: ids[0] as string, lastMs: 2 * hourMs }, user)
    expect(line?.row).toMatchObject({ cameraId: ids[0], streams: 2, most: 3, mostIsBound: true })
    expect(hours(line?.row.peopleMs ?? null)).toBe(3)
    expect(await viewing.camera({ id: ids[1] as string, lastMs: 2 * hourMs }, user)).toBeUndefined()
    // Nobody serves it.
    expect(await viewing.camera({ id: ids[2] as string, lastMs: 2 * hourMs }, soleOperator)).toBeNull()

    // What is no longer his is not found in an answer from before.
    cameras.update(ids[0] as string, { owner: null }, soleOperator)
    expect(await by(user, 'camera')).toEqual([null])
  })

  test('a row says how many watched at once over time, and nothing of time that is not known', async () => {
    const store = await open()
    await keep(store, [
      [60, { berlin: { a: [2] } }],
      [60, 'off'],
      [60, { berlin: { a: [6], b: [1] } }],
    ])
    const { rows } = await viewingOf(store).cameras({ ...asked({ lastMs: 4 * hourMs }), by: 'camera' }, soleOperator)
    const over = rows[0]?.over ?? []
    expect(over.length).toBe(16)
    // Quarters of an hour: nothing, an hour with two people, nothing, and an hour with seven.
    expect(over.slice(0, 3)).toEqual([null, null, null])
    expect([over[5], over[9], over[13]]).toEqual([2, null, 7])
    expect((await viewingOf(store).report(asked())).rows.every((row) => row.over.length === 48)).toBe(true)
  })

  test('viewers by HLS that are not listed are said to be missing', async () => {
    const store = await open()
    await keep(store, [[60, { berlin: { old: [0], a: [0] } }]])
    const { rows } = await viewingOf(store).report(asked())
    expect(rows.map(({ name, hlsUncounted }) => [name, hlsUncounted])).toEqual([
      ['a', false],
      ['old', true],
    ])
  })

  test('of a month the buckets of two hours are read', async () => {
    const store = await open()
    await keep(store, [[240, { berlin: { a: [2] } }]])
    const { rows, from } = await viewingOf(store).report(asked({ lastMs: 30 * 86_400_000 }))
    expect(from % (2 * hourMs)).toBe(0)
    expect(rows.map(said)).toEqual([['a', 8, 2, 4]])
    const { row } = await viewingOf(store).stream({ lastMs: 30 * 86_400_000, serverId: 'berlin', path: 'a' })
    expect([row.most, hours(row.peopleMs), row.over.length]).toEqual([2, 8, 48])
    // Of a bucket at either end its share counts.
    const part = await viewingOf(store).report(asked({ from: startAt - 30 * hourMs, to: startAt - hourMs }))
    expect([part.from, part.to, ...part.rows.map(said)]).toEqual([startAt - 30 * hourMs, startAt - hourMs, ['a', 6, 2, 3]])
    const late = await viewingOf(store).report(asked({ from: startAt - 3 * hourMs, to: startAt + 24 * hourMs }))
    expect(late.rows.map(said)).toEqual([['a', 6, 2, 3]])
  })
})

test('an end before its begin and an endless period are refused', () => {
  const input = contract.viewing.report['~orpc'].inputSchema
  const isTaken = (value: object) =>
    input !== undefined && 'safeParse' in input && (input as { safeParse: (value: object) => { success: boolean } }).safeParse(value).success
  expect(isTaken({ from: 1_000, to: 2_000 })).toBe(true)
  for (const wrong of [{ from: 2_000, to: 1_000 }, { lastMs: 100 * 86_400_000 }, { lastMs: 5 }, { limit: 1e9 }, { from: 1e20 }])
    expect(isTaken(wrong)).toBe(false)
})

test('one person has four different questions answered at once; the same one counts once', async () => {
  await using engines = await createTestEngines(startAt)
  const { client } = await engines.start()
  const days = [1, 2, 3, 4, 5, 6].flatMap((day) => [day, day])
  const answers = await Promise.allSettled(days.map((day) => client.viewing.cameras({ lastMs: day * 24 * hourMs })))
  expect(answers.map(({ status }) => status)).toEqual([...Array(8).fill('fulfilled'), ...Array(4).fill('rejected')])
  expect(answers.at(-1)).toMatchObject({ reason: { status: 429, defined: true, message: expect.stringContaining('Too many requests at once') } })
  await expect(client.viewing.cameras({ lastMs: 6 * 24 * hourMs })).resolves.toMatchObject({ rows: [] })
})
