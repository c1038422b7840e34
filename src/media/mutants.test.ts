import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRandom } from '../../tests/hostile/mutations.ts'
import { makeClip } from '../../tests/real/makeClip.ts'
import { createSystemClock } from '../clock/clock.ts'
import { createMediaClient } from '../media/mediaClient.ts'
import { contentChecks, contentWatchOf } from '../shared/probeContent.ts'
import { longestReadingMs } from '../shared/probeTurns.ts'

/** MTXDECK_MUTANTS=5000 for a long run; the same number gives the same mutants. */
const count = Number(process.env.MTXDECK_MUTANTS ?? 300)
const atOnce = 8
const limits = { answerMs: 5_000, checkMs: 1_000, awaitsGroup: false }
/** Later than this nothing may answer: as long as a look may take, and what a busy machine adds. */
const deadlineMs = longestReadingMs(limits) + 10_000
const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-mutants-'))
const seeds: Buffer[] = []
const server = createServer((request, response) => {
  const [, no = '', file = ''] = /^\/(\d+)(\/\w+)?/.exec(request.url ?? '') ?? []
  const at = Number(no)
  if (!isPlaylist(at)) response.end(mutant(seeds[at % seeds.length] as Buffer, at))
  else if (file === '') response.end(mutant(Buffer.from(playlist(at)), at))
  // What it names is whole half of the time, so that its own faults come to light.
  else response.end(at % 2 === 0 ? seeds[0] : mutant(seeds[0] as Buffer, at))
})
/** Each seventh is a playlist of HLS. */
const isPlaylist = (no: number): boolean => no % 7 === 6
const playlist = (no: number): string =>
  `#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:1\n${[1, 2, 3].map((n) => `#EXTINF:2.0,\n${no}/${n}.ts\n`).join('')}${no % 3 === 0 ? '' : '#EXT-X-ENDLIST\n'}`
let http = ''

beforeAll(async () => {
  for (const format of ['mpegts', 'flv', 'matroska'] as const) {
    const file = join(folder, format)
    await makeClip(file, { seconds: 2, width: 160, height: 90, videoKbps: 200, format })
    seeds.push(readFileSync(file))
  }
  for (const codec of ['hevc', 'mjpeg', 'vp9'] as const) {
    const file = join(folder, codec)
    await makeClip(file, { seconds: 2, width: 160, height: 90, videoKbps: 200, codec })
    seeds.push(readFileSync(file))
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  http = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

/** A clip with bytes changed, cut out, repeated or cut off, half of the time within its header. */
function mutant(of: Buffer, no: number): Buffer {
  const random = createRandom(no)
  const below = (most: number) => Math.floor(random() * most)
  let bytes = Buffer.from(of)
  for (let times = 1 + below(30); times > 0; times--) {
    const at = below(random() < 0.5 ? Math.min(2_000, bytes.length) : bytes.length)
    const length = 1 + below(random() < 0.8 ? 4 : 500)
    switch (below(5)) {
      case 0:
        for (let n = 0; n < length && at + n < bytes.length; n++) bytes.writeUInt8(below(256), at + n)
        break
      case 1:
        bytes.fill(random() < 0.5 ? 0xff : 0, at, Math.min(bytes.length, at + length))
        break
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)])
        break
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at)])
        break
      default:
        if (random() < 0.1) bytes = bytes.subarray(0, at)
        else if (at < bytes.length) bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << below(8)), at)
    }
  }
  return bytes
}
const rssMegabytes = (pid: number | null): number =>
  pid === null || process.platform !== 'linux' ? 0 : Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1_000

const addressOf = (no: number): string => `${http}/${no}${isPlaylist(no) ? '.m3u8' : ''}`
/** Open files, pipes and sockets of a process; 0 where the system does not tell. */
const openFiles = (pid: number | null): number => (pid === null || process.platform !== 'linux' ? 0 : readdirSync(`/proc/${pid}/fd`).length)

test(
  'of mutated files and playlists each has its answer in time, none ends the media process, and none leaves memory or connections behind',
  async () => {
    const clock = createSystemClock()
    await using media = createMediaClient({ clock, log: { warn: () => {} }, backend: 'node-av' })
    const content = contentWatchOf({ profile: null, checks: contentChecks, thresholds: {} })
    const late: string[] = []
    const killers: string[] = []
    let answers = 0
    let next = 0
    let settledMegabytes = 0
    let settledFiles = 0
    let pictures = 0
    const read = async () => {
      while (next < count) {
        const no = next++
        const began = clock.monotonic()
        let readings = 0
        const error = await media.probe({ url: addressOf(no), ...limits, isContinuous: false, content }, () => readings++)
        const tookMs = clock.monotonic() - began
        if (tookMs > deadlineMs) late.push(`${no}: ${Math.round(tookMs)} ms`)
        if (error?.kind === 'crashed') killers.push(String(no))
        if (error !== null || readings === 1) answers++
        // The other process makes pictures of some of them.
        if (no % 5 === 0) {
          const picture = await media.snapshot({ url: addressOf(no), widthPx: 160, timeoutMs: limits.answerMs })
          if (!picture.ok && picture.error.kind === 'crashed') killers.push(`picture of ${no}`)
          pictures++
        }
        // By then all decoders have been at work.
        if (no === Math.floor(count / 2)) {
          settledMegabytes = rssMegabytes(media.pid('probes')) + rssMegabytes(media.pid())
          settledFiles = openFiles(media.pid('probes')) + openFiles(media.pid())
        }
      }
    }
    await Promise.all(Array.from({ length: atOnce }, read))
    expect({ answers, late, killers, pictures }).toEqual({ answers: count, late: [], killers: [], pictures: Math.ceil(count / 5) })
    expect(media.deaths()).toEqual({ pictures: 0, probes: 0 })
    if (process.platform === 'linux') expect(settledMegabytes).toBeGreaterThan(0)
    expect(rssMegabytes(media.pid('probes')) + rssMegabytes(media.pid()) - settledMegabytes).toBeLessThan(80)
    // At half time some were being read.
    expect(openFiles(media.pid('probes')) + openFiles(media.pid())).toBeLessThanOrEqual(settledFiles + 4 * atOnce)
  },
  Math.max(120_000, count * 200),
)
