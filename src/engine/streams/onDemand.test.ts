import { afterEach, expect, test } from 'vitest'
import { troubleOfStream } from '../../shared/troubles.ts'
import type { PathReading } from '../servers/readings.ts'
import { createStreamsFixture, idlePath, livePath, type StreamsFixture } from './streams.fixture.ts'

let fixture: StreamsFixture
afterEach(() => {
  expect(fixture.errors).toEqual([])
  fixture.db.close()
})
function start(closeAfterMs?: number) {
  fixture = createStreamsFixture()
  const pattern = { name: '~^cam/', pattern: true, onDemand: true, source: 'rtsp', alwaysAvailable: false }
  const lazy = { name: 'lazy', pattern: false, onDemand: true, source: 'rtsp', alwaysAvailable: false, ...(closeAfterMs !== undefined && { closeAfterMs }) }
  fixture.streams.configured(fixture.server, [lazy, pattern])
}
const viewer = { type: 'rtspSession', id: 'viewer' }
const running = (n: number, changes: Partial<PathReading> = {}) =>
  livePath('lazy', n * 1000, { sourceType: 'rtspSource', sourceId: '', readers: [viewer], ...changes })
const asleep = idlePath('lazy', { sourceType: 'rtspSource' })
function troubleOf(path: string) {
  const stream = fixture.streams.get('a', path)
  return stream && troubleOfStream('berlin', stream, stream.figures)
}

test('a camera on demand that goes together with its viewer has failed: a trouble until it is read again', async () => {
  start()
  fixture.poll([running(0)])
  for (let n = 1; n < 10; n++) await fixture.next([running(n)])
  const goodAt = fixture.clock.now()
  await fixture.next([asleep])
  expect(fixture.streams.get('a', 'lazy')).toMatchObject({ state: 'waiting', onDemandFailed: true, readersLost: 1, outageSince: goodAt })
  expect(troubleOf('lazy')).toMatchObject({ kind: 'onDemandFailed', severity: 'major', readers: 1, since: goodAt })
  expect(troubleOf('lazy')?.why).toMatchObject({ kind: 'streamOff', sourceType: 'rtspSource', minMs: 78_000, maxMs: 80_000, readersLost: 1 })
  expect(fixture.events.filter(({ kind }) => kind.startsWith('stream')).map(({ kind, facts }) => [kind, facts.readersLost])).toEqual([['streamOff', 1]])
  expect([...fixture.streams.eachTroubledOf('a')]).toHaveLength(1)
  for (let n = 0; n < 20; n++) await fixture.next([asleep])
  expect(troubleOf('lazy')).not.toBeNull()
  await fixture.next([running(1, { availableAt: fixture.clock.now() })])
  expect(troubleOf('lazy')).toBeNull()
  expect(fixture.streams.get('a', 'lazy')?.onDemandFailed).toBeUndefined()
})

test('one that a pattern names, and vanishes with its viewers, has failed too', async () => {
  start()
  const cam = (n: number) => livePath('cam/1', n * 1000, { confName: '~^cam/', sourceType: 'rtspSource', sourceId: '', readers: [viewer] })
  fixture.poll([cam(0)])
  await fixture.next([cam(1)])
  await fixture.next([])
  expect(troubleOf('cam/1')).toMatchObject({ kind: 'onDemandFailed', readers: 1 })
})

test('one whose viewers left first was stopped: no trouble, and no event of a failure', async () => {
  start()
  fixture.poll([running(0)])
  for (let n = 1; n < 4; n++) await fixture.next([running(n)])
  for (let n = 4; n < 9; n++) await fixture.next([running(n, { readers: [] })])
  await fixture.next([asleep])
  expect(troubleOf('lazy')).toBeNull()
  expect(fixture.streams.get('a', 'lazy')).toMatchObject({ state: 'waiting', why: { kind: 'onDemand' }, outageSince: null })
  expect(fixture.events.filter(({ kind }) => kind.startsWith('stream')).map(({ kind }) => kind)).toEqual(['streamEnded'])
})

test('where it may have been stopped since its viewer was last seen, it is not said to have failed', async () => {
  start(1_000)
  fixture.poll([running(0)])
  await fixture.next([running(1)])
  await fixture.next([asleep])
  expect(troubleOf('lazy')).toBeNull()
})

test('the trouble ends after an hour', async () => {
  start()
  fixture.poll([running(0)])
  await fixture.next([running(1)])
  await fixture.next([asleep])
  await fixture.clock.advance(3_598_000)
  await fixture.next([asleep])
  expect(troubleOf('lazy')).toBeNull()
  expect(fixture.streams.get('a', 'lazy')).toMatchObject({ state: 'waiting', why: { kind: 'onDemand' }, outageSince: null })
})

test('each stream in trouble is counted as its words have it', async () => {
  start()
  fixture.poll([running(0)])
  await fixture.next([running(1)])
  await fixture.next([asleep])
  expect(troubleOf('lazy')?.severity).toBe('major')
  expect([...fixture.streams.eachTroubledOf('a')].map(({ facts }) => facts.path)).toEqual(['lazy'])
})
