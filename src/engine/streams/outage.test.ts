import { afterEach, describe, expect, test } from 'vitest'
import { createStreamsFixture, idlePath, livePath, type StreamsFixture, startAt } from './streams.fixture.ts'

let fixture: StreamsFixture
const opened: StreamsFixture[] = []
const start = (options?: Parameters<typeof createStreamsFixture>[0]) => {
  fixture = createStreamsFixture(options)
  opened.push(fixture)
  return fixture
}
afterEach(() => {
  for (const { errors, clock, db } of opened.splice(0)) {
    expect(errors).toEqual([])
    expect(clock.pending()).toBe(0)
    if (db.open) db.close()
  }
})
const cam = (path = 'cam') => {
  const stream = fixture.streams.get('a', path)
  return [stream?.state, stream?.outageSince === null ? null : (stream?.outageSince ?? Number.NaN) - startAt]
}

describe('an outage', () => {
  test('has one beginning, from the last data through stalled, unknown and gone, and ends when data comes', async () => {
    start().poll([livePath('cam', 0)])
    await fixture.next([livePath('cam', 100)])
    expect(cam()).toEqual(['live', null])
    for (let i = 0; i < 2; i++) await fixture.next([livePath('cam', 100)])
    expect(cam()).toEqual(['stalled', 2_000])
    fixture.streams.lost(fixture.server, fixture.clock.now(), 'down')
    expect(cam()).toEqual(['unknown', 2_000])
    await fixture.next([])
    expect(cam()).toEqual(['unknown', 2_000])
    for (let i = 0; i < 10; i++) await fixture.next([])
    expect(cam()).toEqual(['gone', 2_000])
    await fixture.next([livePath('cam', 5, { availableAt: fixture.clock.now(), sourceId: 'p2' })])
    expect(cam()).toEqual(['live', null])
  })

  test('goes on over a restart of this console', async () => {
    start().poll([livePath('cam', 0), livePath('fine', 0)])
    await fixture.next([livePath('fine', 1)])
    fixture.streams.close()
    const { db, clock } = fixture
    await clock.advance(60_000)
    start({ db, clock }).poll([idlePath('cam'), livePath('fine', 2)])
    expect(cam()).toEqual(['gone', 0])
    expect(cam('fine')).toEqual(['live', null])
  })

  test('is none of a stream that was stopped because nobody reads it, nor of one that was never on', async () => {
    start().streams.configured(fixture.server, [{ name: 'lazy', pattern: false, onDemand: true, source: 'rtsp', alwaysAvailable: false }])
    fixture.poll([livePath('lazy', 0), idlePath('idle')])
    await fixture.next([idlePath('lazy'), idlePath('idle')])
    expect([cam('lazy'), cam('idle')]).toEqual([
      ['waiting', null],
      ['waiting', null],
    ])
    fixture.streams.lost(fixture.server, fixture.clock.now(), 'down')
    expect([cam('lazy'), cam('idle')]).toEqual([
      ['unknown', null],
      ['unknown', null],
    ])
  })
})

describe('a server that came back', () => {
  test('says how many streams are not back yet, and since when they are waited for', async () => {
    start().poll([livePath('one', 0), livePath('two', 0), livePath('three', 0)])
    fixture.streams.lost(fixture.server, fixture.clock.now(), 'down')
    expect(fixture.streams.notBackYet('a')).toBeNull()
    await fixture.next([livePath('one', 1)])
    expect(fixture.streams.notBackYet('a')).toEqual({ streams: 2, since: startAt + 2_000 })
    await fixture.next([livePath('one', 2), livePath('two', 1)])
    expect(fixture.streams.notBackYet('a')).toEqual({ streams: 1, since: startAt + 2_000 })
    for (let i = 0; i < 9; i++) await fixture.next([livePath('one', 3 + i), livePath('two', 3 + i)])
    expect(fixture.streams.notBackYet('a')).toBeNull()
  })
})
