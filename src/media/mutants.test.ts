import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRandom } from '../../tests/hostile/mutations.ts'
import { makeClip } from '../../tests/real/makeClip.ts'
import { createSystemClock } from '../clock/clock.ts'
import { createMediaClient } from '../headless/mediaProcess.ts'
import { contentChecks, contentWatchOf } from '../shared/probeContent.ts'

/** MTXDECK_MUTANTS=5000 for a long run; the same number gives the same mutants. */
const count = Number(process.env.MTXDECK_MUTANTS ?? 300)
const atOnce = 8
const limits = { answerMs: 5_000, lookMs: 1_000 }
/** Later than this nothing may answer: what it waits for an answer, twice the look, and what a busy machine adds. */
const deadlineMs = limits.answerMs + 2 * limits.lookMs + 10_000
const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-mutants-'))
const seeds: Buffer[] = []
const server = createServer((request, response) => {
  const [, no = ''] = /^\/(\d+)/.exec(request.url ?? '') ?? []
  response.end(mutant(Number(no)))
})
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
function mutant(no: number): Buffer {
  const random = createRandom(no)
  const below = (most: number) => Math.floor(random() * most)
  let bytes = Buffer.from(seeds[no % seeds.length] as Buffer)
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

test(
  'of mutated files each has its answer in time, none ends the media process, and none leaves its memory behind',
  async () => {
    const clock = createSystemClock()
    await using media = createMediaClient({ clock, log: { warn: () => {} }, backend: 'node-av' })
    const content = contentWatchOf({ profile: null, checks: contentChecks, thresholds: {} })
    const late: string[] = []
    const killers: string[] = []
    let answers = 0
    let next = 0
    let settledMegabytes = 0
    const read = async () => {
      while (next < count) {
        const no = next++
        const began = clock.monotonic()
        let readings = 0
        const error = await media.probe({ url: `${http}/${no}`, ...limits, isContinuous: false, content }, () => readings++)
        const tookMs = clock.monotonic() - began
        if (tookMs > deadlineMs) late.push(`${no}: ${Math.round(tookMs)} ms`)
        if (error?.kind === 'crashed') killers.push(String(no))
        if (error !== null || readings === 1) answers++
        // By then all decoders have been at work.
        if (no === Math.floor(count / 2)) settledMegabytes = rssMegabytes(media.pid('probes'))
      }
    }
    await Promise.all(Array.from({ length: atOnce }, read))
    expect({ answers, late, killers }).toEqual({ answers: count, late: [], killers: [] })
    if (process.platform === 'linux') expect(settledMegabytes).toBeGreaterThan(0)
    expect(rssMegabytes(media.pid('probes')) - settledMegabytes).toBeLessThan(60)
  },
  Math.max(120_000, count * 200),
)
