import { afterAll, beforeAll, expect, test } from 'vitest'
import type { MediaPort } from '../../src/engine/ports.ts'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import { goodReading } from '../../src/shared/probeReadings.fixture.ts'
import type { Playlist, Ts } from '../../src/shared/probeReadings.ts'
import { type Probe, probeInputSchema } from '../../src/shared/probes.ts'
import { until } from './openDialog.ts'
import { type ConsoleWindow, openWindow } from './openWindow.ts'

const playlist: Playlist = {
  kind: 'variant',
  name: '1280x720',
  bandwidthBps: 2_000_000,
  fault: null,
  hasEnded: false,
  targetMs: 6_000,
  segments: 6,
  ageMs: 15_000,
  lateMs: 9_000,
  long: 2,
  rewritten: 0,
  discontinuities: 0,
}
const ts: Ts = {
  packets: 8_000,
  programs: 1,
  syncLosses: 0,
  syncByteErrors: 0,
  patErrors: 1,
  continuityErrors: 7,
  pmtErrors: 0,
  pidErrors: 0,
  transportErrors: 0,
  pcrIntervalErrors: 0,
  pcrJumps: 0,
  ptsErrors: 0,
  patMs: 800,
  pmtMs: 100,
  pcrMs: 40,
  ptsMs: 120,
}
const media: MediaPort = {
  snapshot: async () => ({ ok: false, error: { kind: 'unavailable', because: 'noProcess' } }),
  tools: async () => ({ ok: false, error: { kind: 'unavailable', because: 'noProcess' } }),
  probe: async ({ url }, onReading) => {
    const gone: Playlist = { ...playlist, kind: 'audio', name: 'English', fault: 'status', targetMs: null, ageMs: null, lateMs: null, bandwidthBps: null }
    if (url.startsWith('srt')) onReading(goodReading, null)
    else onReading(url.startsWith('udp') ? { ...goodReading, ts } : { ...goodReading, hls: { playlists: [playlist, gone], more: 3 } }, null)
    return null
  },
}

let deck: TestConsole
let window: ConsoleWindow
let probes: readonly Probe[]

beforeAll(async () => {
  const daily = { intervalSeconds: 86_400, retries: 0 }
  deck = await startTestConsole({
    media,
    probes: [
      probeInputSchema.parse({ name: 'spire', url: 'http://127.0.0.1:9/spire/index.m3u8', ...daily }),
      probeInputSchema.parse({ name: 'vault', url: 'udp://239.1.1.1:5000', checks: ['transport'], ...daily }),
      probeInputSchema.parse({ name: 'tower', url: 'srt://10.0.0.9:8890', checks: ['transport'], ...daily }),
    ],
  })
  await until(
    async () => (await (await deck.ask('/api/probes')).json()) as readonly Probe[],
    (read) => {
      expect(read.filter(({ reading }) => reading !== null)).toHaveLength(3)
      probes = read
    },
  )
  window = await openWindow(deck.engine, { widthPx: 1920 })
})
afterAll(async () => {
  await window.close()
  await deck[Symbol.asyncDispose]()
})

const open = (name: string) => window.go(`/probes?id=${probes.find((probe) => probe.name === name)?.id}`)
const says = (...texts: readonly (string | RegExp)[]) =>
  until(window.text, (said) => {
    for (const text of texts) expect(said).toMatch(text)
  })

test('the details of a stream by HLS have each of its playlists, what is wrong with it, and what all of them have', async () => {
  open('spire')
  await says(
    'HLS playlists',
    /Variant 1280x720\s*unchanged for 15.0 s\s*target duration 6 s · 2.00 Mbit\/s/,
    /Audio English\s*refused by the server/,
    /Playlists not followed\s*3/,
    /Segment late\s*9,000 ms/,
    /Segments above target\s*4/,
    /Playlist age is 2.5 × target duration; the limit is 1.5 ×/,
    /Playlist age, relative to its target duration: 250 %, above 150 %/,
  )
  expect(window.text()).not.toContain('MPEG-TS')
})

test('the details of a transport stream have its errors by TR 101 290, and how far apart its tables are', async () => {
  open('vault')
  await says(/MPEG-TS \(TR 101 290\)/, /PAT errors\s*1\s*at most 800 ms apart/, /Continuity errors\s*7/, /TS errors, priority 1: 8, above 0/)
})

test('where a transport stream can’t be checked, the details say why there are no figures', async () => {
  open('tower')
  await says(/MPEG-TS \(TR 101 290\)\s*Not evaluated\s*only MPEG-TS can be checked: over UDP/)
})
