import { setTimeout as pause } from 'node:timers/promises'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createMediaClient, type MediaClient } from '../../src/media/mediaClient.ts'
import { freePort } from '../freePort.ts'
import { findMediaMtx, type RealServer, startRealServer } from '../real/realServer.ts'
import { machineLoad } from './benchConsole.ts'
import { type Bench, percentile, rounded } from './figures.ts'
import { usageOf } from './mediaUsage.ts'

const answerMs = 30_000
const checkMs = 6_000

/**
 * By how much the delay differs from the truth in so many looks over one connection. SRT hands packets out exactly its latency after they were sent:
 * that is the truth.
 */
async function errorsOver(media: MediaClient, latencyMs: number, looks: number): Promise<readonly number[]> {
  const stop = new AbortController()
  const errors: number[] = []
  // FFmpeg counts it in µs.
  const address = `srt://127.0.0.1:${await freePort()}?latency=${latencyMs * 1_000}`
  const reading = media.probe(
    { url: `${address}&mode=listener`, answerMs, checkMs, isContinuous: true, canary: true },
    ({ canary }) => {
      if (canary?.delayMs != null) errors.push(canary.delayMs - latencyMs)
      if (errors.length === looks) stop.abort()
    },
    stop.signal,
  )
  // The listener may not be there yet.
  while (!stop.signal.aborted) await media.publish({ url: address, protocol: 'srt', answerMs }, () => {}, stop.signal)
  await reading
  return errors
}

/** How a server of its own is asked for the path of a canary. */
const addressesOf = ({ ports }: RealServer) => {
  const path = 'mtxdeck-canary'
  return {
    publish: `rtsp://127.0.0.1:${ports.rtsp}/${path}`,
    read: {
      rtsp: `rtsp://127.0.0.1:${ports.rtsp}/${path}`,
      rtmp: `rtmp://127.0.0.1:${ports.rtmp}/${path}`,
      srt: `srt://127.0.0.1:${ports.srt}?streamid=read:${path}`,
      hls: `http://127.0.0.1:${ports.hls}/${path}/index.m3u8`,
      whep: `whep://127.0.0.1:${ports.webrtc}/${path}/whep`,
    },
  }
}

/**
 * A canary: how far its delay is from the truth, and what it takes of this machine. With a MediaMTX (`MEDIAMTX_BIN`) also the delay by each protocol
 * through it. Needs Linux, whose /proc tells what processes take.
 */
export const bench: Bench = async (report, { quick }) => {
  if (process.platform !== 'linux') return console.error('  skipped: only Linux tells what another process takes')
  const figure = (name: string, value: number, unit: string, goal: string | null, note: string | null = null): void =>
    report({ figure: `canary: ${name}`, value: rounded(value), unit, goal, limit: null, note })
  await using media = createMediaClient({ clock: createSystemClock(), log: { warn: () => {} } })

  const errors: number[] = []
  const [connections, looks] = quick ? [1, 3] : [3, 5]
  for (const latencyMs of [150, 500]) for (let n = 0; n < connections; n++) errors.push(...(await errorsOver(media, latencyMs, looks)))
  const off = errors.map(Math.abs)
  const inNote = `${off.length} looks over ${2 * connections} connections, from ${rounded(Math.min(...errors))} to ${rounded(Math.max(...errors))} ms; ${machineLoad()}`
  figure('delay against the latency of SRT, median error', percentile(off, 50), 'ms', '<= 20', inNote)
  figure('delay against the latency of SRT, largest error', percentile(off, 100), 'ms', null)

  const binary = findMediaMtx()
  if (binary === null) return console.error('  skipped: no MediaMTX here (MEDIAMTX_BIN)')
  await using server = await startRealServer(binary, 'paths:\n  all_others:\n')
  const { publish, read } = addressesOf(server)
  const stop = new AbortController()
  const seconds = quick ? 10 : 30
  let skipped = 0
  let pictures = 0
  const published = media.publish(
    { url: publish, protocol: 'rtsp', answerMs },
    (sent) => {
      pictures += sent.pictures
      skipped += sent.skipped
    },
    stop.signal,
  )
  await pause(5_000)
  const alone = await usageOf(media, seconds)
  const left = () => `${skipped} of ${pictures + skipped} pictures left out; ${machineLoad()}`
  figure('publishing one: CPU', alone.percent, '% of a core', null, left())
  figure('publishing one: memory of its process', alone.megabytes, 'MB', null)
  const delays = new Map<string, number[]>()
  const readers = Object.entries(read).map(([by, url]) =>
    media.probe(
      { url, answerMs, checkMs, isContinuous: true, canary: true },
      ({ canary }) => {
        if (canary?.delayMs != null) delays.set(by, [...(delays.get(by) ?? []), canary.delayMs])
      },
      stop.signal,
    ),
  )
  await pause(15_000)
  const whole = await usageOf(media, seconds)
  figure('publishing one and reading it back by RTSP, RTMP, SRT, HLS and WHEP: CPU', whole.percent, '% of a core', null, left())
  figure('publishing one and reading it back by RTSP, RTMP, SRT, HLS and WHEP: memory of its process', whole.megabytes, 'MB', null)
  for (const by of Object.keys(read)) {
    const found = delays.get(by) ?? []
    figure(`delay through MediaMTX ${server.version}, by ${by.toUpperCase()}`, percentile(found, 50), 'ms', null, `median of ${found.length} looks`)
  }
  stop.abort()
  await Promise.all([published, ...readers])
}
