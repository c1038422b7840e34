import { describe, expect, test } from 'vitest'
import { costOf } from '../../tests/cpuMs.ts'
import { createPlaylistMeter, type MediaPlaylist, parsePlaylist } from './playlists.ts'

const second = 1_000
interface Written {
  readonly first: number
  readonly durations: readonly number[]
  readonly target?: number
  readonly more?: string
  readonly uri?: (number: number) => string
}
const text = ({ first, durations, target = 6, more = '', uri = (number) => `seg${number}.ts?token=${Math.sin(number)}` }: Written): string =>
  [
    '#EXTM3U',
    `#EXT-X-TARGETDURATION:${target}`,
    `#EXT-X-MEDIA-SEQUENCE:${first}`,
    ...durations.flatMap((duration, index) => [`#EXTINF:${duration},`, uri(first + index)]),
    more,
  ].join('\n')
function playlist(written: Written): MediaPlaylist {
  const parsed = parsePlaylist(text(written))
  return parsed?.kind === 'media' ? parsed : expect.fail('no media playlist')
}
const three = [6, 6, 6]

describe('a playlist', () => {
  test('that gets a segment each target duration is fresh, and nothing is late', () => {
    const meter = createPlaylistMeter()
    for (let at = 0; at < 10; at++) meter.loaded(playlist({ first: 100 + at, durations: three }), at * 6 * second)
    expect(meter.hasSeen()).toBe(true)
    expect(meter.waitMs()).toBe(6 * second)
    expect(meter.take()).toEqual({
      fault: null,
      hasEnded: false,
      targetMs: 6_000,
      segments: 3,
      ageMs: 0,
      lateMs: 0,
      long: 0,
      rewritten: 0,
      discontinuities: 0,
    })
  })

  test('that does not change any more is older with each load, and is asked for after half its target duration', () => {
    const meter = createPlaylistMeter()
    meter.loaded(playlist({ first: 1, durations: three }), 0)
    expect(meter.hasSeen()).toBe(false)
    for (const at of [6, 9, 12]) meter.loaded(playlist({ first: 1, durations: three }), at * second)
    expect(meter.waitMs()).toBe(3 * second)
    expect(meter.take()).toMatchObject({ ageMs: 12_000, lateMs: 6_000 })
    expect(meter.isStale()).toBe(true)
    // It can't be loaded for a while, in which it may have changed, and then it goes on.
    meter.failed('status')
    expect(meter.isStale()).toBe(false)
    expect(meter.take()).toMatchObject({ fault: 'status', ageMs: 12_000, lateMs: 6_000 })
    meter.loaded(playlist({ first: 2, durations: three }), 45 * second)
    expect(meter.take()).toMatchObject({ fault: null, ageMs: 0 })
  })

  test('whose segment comes late says by how much, at least', () => {
    const meter = createPlaylistMeter()
    meter.loaded(playlist({ first: 1, durations: three }), 0)
    meter.loaded(playlist({ first: 1, durations: three }), 6 * second)
    meter.loaded(playlist({ first: 1, durations: three }), 10 * second)
    // Due after 6 s, and not there after 10.
    meter.loaded(playlist({ first: 2, durations: three }), 13 * second)
    expect(meter.take()).toMatchObject({ ageMs: 0, lateMs: 4_000 })
    meter.loaded(playlist({ first: 3, durations: three }), 19 * second)
    expect(meter.take()).toMatchObject({ lateMs: 0 })
  })

  test('that was read in turns is compared with what it was in the last one', () => {
    const meter = createPlaylistMeter()
    meter.loaded(playlist({ first: 1, durations: three }), 0)
    meter.take()
    // Five segments later, which is as it should be.
    meter.loaded(playlist({ first: 6, durations: three }), 30 * second)
    expect(meter.hasSeen()).toBe(true)
    expect(meter.take()).toMatchObject({ ageMs: 0, lateMs: 0, rewritten: 0 })
    meter.loaded(playlist({ first: 6, durations: three }), 60 * second)
    expect(meter.take()).toMatchObject({ ageMs: 30_000, lateMs: 24_000 })
  })

  test('whose number goes back, and whose segments become others, says so', () => {
    const meter = createPlaylistMeter()
    meter.loaded(playlist({ first: 10, durations: three }), 0)
    meter.loaded(playlist({ first: 10, durations: [6, 5.5, 6] }), 6 * second)
    expect(meter.take()).toMatchObject({ rewritten: 1 })
    meter.loaded(playlist({ first: 10, durations: [6, 5.5, 6], uri: (number) => `other${number}.ts` }), 9 * second)
    expect(meter.take()).toMatchObject({ rewritten: 3 })
    // Another token is no other segment.
    meter.loaded(playlist({ first: 10, durations: [6, 5.5, 6], uri: (number) => `other${number}.ts?session=2` }), 12 * second)
    expect(meter.take()).toMatchObject({ rewritten: 0 })
    meter.loaded(playlist({ first: 0, durations: three }), 15 * second)
    expect(meter.take()).toMatchObject({ rewritten: 1, ageMs: 0 })
    meter.loaded(playlist({ first: 1, durations: three }), 21 * second)
    expect(meter.take()).toMatchObject({ rewritten: 0 })
  })

  test('with segments above its target duration, by whole seconds', () => {
    const meter = createPlaylistMeter()
    meter.loaded(playlist({ first: 0, durations: [6.4, 6.5, 9], target: 6 }), 0)
    expect(meter.take()).toMatchObject({ long: 2 })
  })

  test('counts discontinuities before what is new', () => {
    const meter = createPlaylistMeter()
    const cut = '#EXT-X-DISCONTINUITY\n#EXTINF:6,\nx.ts'
    meter.loaded(playlist({ first: 0, durations: [6, 6], more: cut }), 0)
    expect(meter.take()).toMatchObject({ discontinuities: 0, segments: 3 })
    meter.loaded(playlist({ first: 1, durations: [6], more: `${cut}\n#EXTINF:6,\ny.ts` }), 6 * second)
    expect(meter.take()).toMatchObject({ discontinuities: 0 })
    meter.loaded(playlist({ first: 3, durations: [6], more: cut }), 12 * second)
    expect(meter.take()).toMatchObject({ discontinuities: 1 })
  })

  test('that has ended is neither old nor loaded again', () => {
    const meter = createPlaylistMeter()
    meter.loaded(playlist({ first: 0, durations: three, more: '#EXT-X-ENDLIST' }), 0)
    expect(meter.waitMs()).toBeNull()
    expect(meter.hasSeen()).toBe(true)
    expect(meter.take()).toMatchObject({ hasEnded: true, ageMs: null, lateMs: null })
  })
})

describe('what is read of playlists', () => {
  test('of a master playlist all variants and renditions, each once', () => {
    const master = `#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English",DEFAULT=YES,URI="en.m3u8"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="Deutsch",URI="de.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=2000000,RESOLUTION=1280x720,AUDIO="a",SUBTITLES="s"
hd.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=640x360,AUDIO="a",SUBTITLES="s"
sd.m3u8
`
    expect(parsePlaylist(master)).toEqual({
      kind: 'master',
      named: [
        { uri: 'hd.m3u8', kind: 'variant', name: '1280x720', bandwidthBps: 2_000_000 },
        { uri: 'sd.m3u8', kind: 'variant', name: '640x360', bandwidthBps: 800_000 },
        { uri: 'en.m3u8', kind: 'audio', name: 'English', bandwidthBps: null },
        { uri: 'de.m3u8', kind: 'subtitles', name: 'Deutsch', bandwidthBps: null },
      ],
    })
  })

  test('with low latency, and bytes that are no playlist', () => {
    const low = parsePlaylist(
      '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-PART-INF:PART-TARGET=0.2\n#EXTINF:1,\na.mp4\n#EXT-X-PART:DURATION=0.2,URI="p.mp4"\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI="q.mp4"\n',
    )
    expect(low).toMatchObject({ kind: 'media', segments: [{ durationMs: 1_000 }] })
    for (const none of ['', '<html>', 'EXTM3U', `#EXTM3U\n#EXTINF:6,\n${'x'.repeat(10_000)}`]) expect(parsePlaylist(none)).toBeNull()
  })

  test.each([
    ['segments', '#EXTINF:4,\na\n'],
    ['date ranges', '#EXT-X-DATERANGE:ID="a",CLASS="x",START-DATE="2020-01-01T00:00:00Z",DURATION=5\n#EXTINF:4,\na\n'],
    ['variants', '#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a"\na\n'],
    ['renditions', '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="x",URI="b"\n#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a"\na\n'],
    ['parts', '#EXT-X-PART:DURATION=0.2,URI="p"\n'],
    ['keys', '#EXT-X-SESSION-KEY:METHOD=AES-128,URI="k"\n'],
    ['definitions', '#EXT-X-DEFINE:NAME="a",VALUE="{$a}{$a}"\n'],
  ])('of 2 MB of %s in no time', (_, line) => {
    const long = `#EXTM3U\n#EXT-X-TARGETDURATION:4\n${line.repeat(2_000_000 / line.length)}`
    // Without the limits it takes 20 s for variants, which is some 1,000 times the reference, and longer for others.
    expect(costOf(() => void parsePlaylist(long))).toBeLessThan(300)
  })
})
