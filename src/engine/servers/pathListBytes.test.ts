import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { recorded, recordedMoments, recordedVersions } from '../../../tests/fakes/replayServer.ts'
import { readPaths, ShapeError } from './parsePaths.ts'
import { createTrackReader } from './parseTracks.ts'
import { createPathListBytes } from './pathListBytes.ts'

/** What reading the whole JSON gives: the one truth that the quick way must agree with. */
const truth = (text: string) => readPaths([(JSON.parse(text) as { items: unknown[] }).items], createTrackReader())
const list = (items: readonly object[]) => JSON.stringify({ itemCount: items.length, pageCount: 1, items })

const path = (name: string, change: object = {}) => ({
  name,
  confName: 'all_others',
  ready: true,
  readyTime: '2026-11-20T07:39:06.013720213Z',
  available: true,
  availableTime: '2026-11-20T07:39:06.013720213Z',
  online: true,
  source: { type: 'rtspSession', id: '28a6ad5d' },
  tracks: ['H264'],
  tracks2: [{ codec: 'H264', codecProps: { width: 640, height: 360, profile: 'Main', level: '3' } }],
  readers: [] as object[],
  inboundBytes: 0,
  outboundBytes: 0,
  inboundFramesInError: 0,
  bytesReceived: 0,
  bytesSent: 0,
  ...change,
})

describe('the quick way agrees with the whole JSON', () => {
  it.each(recordedVersions)('on all moments of %s one after the other', (version) => {
    const quick = createPathListBytes(createTrackReader())
    for (const moment of [...recordedMoments, ...recordedMoments.toReversed()]) {
      const text = JSON.stringify(recorded(version, moment, 'paths').body)
      expect(quick.read(Buffer.from(text)), moment).toEqual(truth(text))
    }
  })
  it('on any sequence of lists in which paths come, go and change', () => {
    const counter = fc.oneof(fc.nat(20), fc.constantFrom(9, 10, 99, 100, 999_999_999, 4_294_967_296, Number.MAX_SAFE_INTEGER))
    // Few values each, so that lists of a sequence have much in common.
    const entry = fc.record({
      name: fc.constantFrom('a', 'b', 'b/c', 'cam', 'cam1', 'ü', 'z'),
      online: fc.boolean(),
      readers: fc.constantFrom([], [{ type: 'hlsMuxer', id: '' }], [{ type: 'srtConn', id: 'x"}],"inboundBytes":7' }]),
      source: fc.constantFrom(null, { type: 'srtConn', id: '1' }, { type: 'srtConn', id: '22' }),
      inboundBytes: counter,
      outboundBytes: fc.oneof(counter, fc.constantFrom(null, -1, 1.5, 1e21, '12')),
      bytesReceived: counter,
      tracks2: fc.constantFrom(
        [],
        [{ codec: 'H264', codecProps: { width: 640, height: 360 } }],
        [{ codec: 'Opus', codecProps: { channelCount: 2, inboundBytes: 5 } }],
      ),
    })
    const lists = fc.array(fc.uniqueArray(entry, { selector: (item) => item.name, maxLength: 7 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(lists, (sequence) => {
        const quick = createPathListBytes(createTrackReader())
        for (const items of sequence) {
          const text = list(items.toSorted((one, other) => (one.name < other.name ? -1 : 1)).map(({ name, ...change }) => path(name, change)))
          expect(quick.read(Buffer.from(text))).toEqual(truth(text))
        }
      }),
      { numRuns: 500 },
    )
  })
  it('on lists of the old form, with counters before the readers', () => {
    const quick = createPathListBytes(createTrackReader())
    for (const bytes of [1, 10, 11, 5]) {
      const text = list([
        { name: 'a', confName: 'a', source: null, ready: true, readyTime: null, tracks: ['H264'], bytesReceived: bytes, bytesSent: bytes * 7, readers: [] },
      ])
      expect(quick.read(Buffer.from(text))).toEqual(truth(text))
    }
  })
})

describe('what it saves', () => {
  it('an entry of which only counters move is the same reading with new counters', () => {
    const quick = createPathListBytes(createTrackReader())
    const [idle, busy, parsed] = quick.read(Buffer.from(list([path('a'), path('b', { readers: [{ type: 'srtConn', id: 'r' }] }), path('c')]))) ?? []
    const busyNow = path('b', { readers: [{ type: 'srtConn', id: 'r' }], inboundBytes: 5_000, bytesReceived: 5_000 })
    const [idleThen, busyThen, parsedThen] = quick.read(Buffer.from(list([path('a'), busyNow, path('c', { confName: 'another' })]))) ?? []
    expect(idleThen).toBe(idle)
    expect(busyThen).toBe(busy)
    expect(busyThen?.inboundBytes).toBe(5_000)
    expect(parsedThen).not.toBe(parsed)
    expect(parsedThen?.tracks).toBe(parsed?.tracks)
  })
})

describe('what it leaves to the whole JSON', () => {
  it.each([
    ['more pages', '{"itemCount":9,"pageCount":2,"items":[]}'],
    ['another order', '{"items":[],"itemCount":0,"pageCount":1}'],
    ['white space', '{"itemCount": 0, "pageCount": 1, "items": []}'],
    ['something behind it', '{"itemCount":0,"pageCount":1,"items":[]}{}'],
    ['no list', '{"itemCount":0,"pageCount":1,"items":null}'],
    ['broken JSON', '{"itemCount":1,"pageCount":1,"items":[{"name":"a",}]}'],
    ['a comma too many', '{"itemCount":1,"pageCount":1,"items":[{"name":"a","ready":true},]}'],
    ['nothing', ''],
  ])('%s', (_name, text) => {
    expect(createPathListBytes(createTrackReader()).read(Buffer.from(text))).toBeNull()
  })
  it('an answer cut anywhere, and it goes on rightly afterwards', () => {
    const [first, second] = [
      list([path('a'), path('b', { inboundBytes: 99 }), path('c')]),
      list([path('a', { inboundBytes: 7 }), path('b', { inboundBytes: 100 }), path('c')]),
    ]
    for (let cut = 0; cut < second.length; cut += 7) {
      const quick = createPathListBytes(createTrackReader())
      quick.read(Buffer.from(first))
      expect(quick.read(Buffer.from(second.slice(0, cut))), String(cut)).toBeNull()
      expect(quick.read(Buffer.from(second))).toEqual(truth(second))
    }
  })
  it('an entry of another form is an error, and the next list is right again', () => {
    const quick = createPathListBytes(createTrackReader())
    quick.read(Buffer.from(list([path('a'), path('b')])))
    expect(() => quick.read(Buffer.from(list([path('a', { inboundBytes: 12 }), { name: 'b' }])))).toThrow(ShapeError)
    const text = list([path('a', { inboundBytes: 13 }), path('b')])
    expect(quick.read(Buffer.from(text))).toEqual(truth(text))
  })
})
