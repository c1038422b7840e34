import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createMediaClient, type MediaClient } from '../../src/media/mediaClient.ts'
import type { ProbeRequest } from '../../src/shared/media.ts'
import { contentChecks, contentWatchOf } from '../../src/shared/probeContent.ts'
import { hasFfmpeg } from '../fakes/backends.ts'
import { makeClip } from '../real/makeClip.ts'
import { findMediaMtx, startPublisher, startRealServer } from '../real/realServer.ts'
import { machineLoad } from './benchConsole.ts'
import { type Bench, rounded } from './figures.ts'
import { cpuMs, usageOf } from './mediaUsage.ts'

const clipSeconds = 10
const intervalMs = 30_000
const checkMs = 6_000
const answerMs = 15_000
/** Continuous probes begin one after the other in this time. */
const startMs = 15_000

/** How many probes gave a reading, and how many did not. */
interface Tally {
  readings: number
  failures: number
}
const inNote = ({ readings, failures }: Tally): string => `${readings} readings, ${failures} failures; ${machineLoad()}`

/** So many streams are read on and on. */
async function continuous(
  media: MediaClient,
  url: string,
  count: number,
  seconds: number,
  { content = null, transport = false }: Partial<Pick<ProbeRequest, 'content' | 'transport'>> = {},
) {
  const stop = new AbortController()
  const tally = { readings: 0, failures: 0 }
  const probes = Array.from({ length: count }, async (_, n) => {
    await pause((n * startMs) / count)
    const request = { url: `${url}/stream${n}`, answerMs, checkMs, isContinuous: true, content, transport }
    const ended = await media.probe(request, () => tally.readings++, stop.signal)
    if (ended?.kind !== 'cancelled') tally.failures++
  })
  await pause(startMs + 10_000)
  tally.readings = 0
  const usage = await usageOf(media, seconds)
  stop.abort()
  await Promise.all(probes)
  return { ...usage, note: `${inNote(tally)}, ${seconds} s` }
}

/** So many streams are read for a look each, every 30 s, evenly spread. */
async function inTurns(media: MediaClient, url: string, count: number, seconds: number) {
  const stop = new AbortController()
  const tally = { readings: 0, failures: 0 }
  const probes = Array.from({ length: count }, async (_, n) => {
    await pause((n * intervalMs) / count)
    while (!stop.signal.aborted) {
      const next = pause(intervalMs, null, { signal: stop.signal }).catch(() => {})
      const ended = await media.probe({ url: `${url}/stream${n}`, answerMs, checkMs, isContinuous: false }, () => tally.readings++, stop.signal)
      if (ended !== null && ended.kind !== 'cancelled') tally.failures++
      await next
    }
  })
  // Until about as many are read at once as ever will be.
  await pause(checkMs + 4_000)
  const usage = await usageOf(media, seconds)
  stop.abort()
  await Promise.all(probes)
  return { ...usage, note: `${inNote(tally)}, ${seconds} s` }
}

/** CPU time of a program that is run to its end, ms. */
async function programCost(program: string, args: readonly string[]): Promise<number> {
  const before = cpuMs('self', true)
  await once(spawn(program, args, { stdio: 'ignore' }), 'exit')
  return cpuMs('self', true) - before
}

/**
 * Streams of 2 Mbit/s of MPEG-TS over HTTP from another process, measured by the process of probes, and what an ffprobe for each look takes in
 * the same run; then pictures of 1080p by RTSP. Needs Linux, whose /proc tells what processes take.
 */
export const bench: Bench = async (report, { quick }) => {
  if (process.platform !== 'linux') return console.error('  skipped: only Linux tells what another process takes')
  const figure = (name: string, value: number, unit: string, goal: string | null, note: string | null = null): void =>
    report({ figure: `probes: ${name}`, value: rounded(value), unit, goal, limit: null, note })
  const memory = (name: string, of: { readonly megabytes: number; readonly ownMegabytes: number }, goal: string | null): void => {
    figure(`${name}: memory of its own`, of.ownMegabytes, 'MB', goal, 'without code that other processes of mtxdeck map as well')
    figure(`${name}: memory with shared code`, of.megabytes, 'MB', null)
  }
  const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-bench-'))
  const [clip, picture, published] = [join(folder, 'clip.ts'), join(folder, 'picture.ts'), join(folder, 'published.mkv')] as const
  let child: ChildProcess | null = null
  const binary = findMediaMtx()
  await using media = createMediaClient({ clock: createSystemClock(), log: { warn: () => {} }, backend: 'node-av' })
  try {
    await makeClip(clip, { seconds: clipSeconds, width: 1_280, height: 720, videoKbps: 1_850, format: 'mpegts', gop: 50 })
    await makeClip(picture, { seconds: clipSeconds, width: 1_920, height: 1_080, videoKbps: 4_000, format: 'mpegts', gop: 50 })
    await makeClip(published, { seconds: clipSeconds, width: 1_920, height: 1_080, videoKbps: 4_000, gop: 50 })
    child = fork(new URL('streamsChild.ts', import.meta.url), [clip, String(clipSeconds * 1_000), picture], {
      execArgv: ['--disable-warning=ExperimentalWarning'],
    })
    const [urls] = (await once(child, 'message')) as [{ readonly live: string; readonly liveHd: string; readonly rtsp: string }]

    const many = quick ? 20 : 100
    const watched = await continuous(media, urls.live, many, quick ? 10 : 30)
    figure(`${many} × 2 Mbit/s continuously: CPU`, watched.percent, '% of a core', quick ? null : '<= 20', watched.note)
    memory(`${many} × 2 Mbit/s continuously`, watched, quick ? null : '<= 200')

    const checked = 20
    const checking = await continuous(media, urls.live, checked, quick ? 10 : 30, { transport: true })
    figure(`${checked} × 2 Mbit/s continuously, transport streams checked: CPU`, checking.percent, '% of a core', null, checking.note)

    const more = quick ? 100 : 1_000
    const turns = await inTurns(media, urls.live, more, quick ? 15 : 40)
    figure(`${more} in turns every 30 s: CPU`, turns.percent, '% of a core', quick ? null : '<= 100', turns.note)
    memory(`${more} in turns every 30 s`, turns, quick ? null : '<= 400')
    const perCheck = (turns.percent / 100) * (intervalMs / more)
    figure('a look of 6 s', perCheck, 'ms of CPU', null)

    if (hasFfmpeg) {
      const looks = quick ? 2 : 5
      let spent = 0
      const args = ['-loglevel', 'quiet', '-read_intervals', `%+${checkMs / 1_000}`, '-show_streams', '-show_packets', `${urls.live}/stream`]
      for (let n = 0; n < looks; n++) spent += await programCost('ffprobe', args)
      figure('a look of 6 s by an ffprobe of its own', spent / looks, 'ms of CPU', null, `mean of ${looks}, one after the other`)
    } else console.error('  skipped: no ffprobe here')

    const evaluated = 10
    const seconds = quick ? 15 : 40
    const watch = (checks: typeof contentChecks | readonly ('black' | 'frozen' | 'silent')[]) => contentWatchOf({ profile: null, checks, thresholds: {} })
    const plain = await continuous(media, urls.liveHd, evaluated, seconds)
    const usual = await continuous(media, urls.liveHd, evaluated, seconds, { content: watch(['black', 'frozen', 'silent']) })
    const all = await continuous(media, urls.liveHd, evaluated, seconds, { content: watch(contentChecks) })
    const each = (of: typeof plain) => (of.percent - plain.percent) / evaluated
    figure('black, frozen and silent on 1080p, beside reading it', each(usual), '% of a core a stream', '<= 1.5', `${evaluated} streams; ${usual.note}`)
    figure('all checks of pictures and sound on 1080p, beside reading it', each(all), '% of a core a stream', null, all.note)
    figure(`${evaluated} streams with all checks: memory`, all.megabytes, 'MB', null)

    const pictures = quick ? 5 : 20
    const take = async (address: string) => {
      const taken = await media.snapshot({ url: address, widthPx: 640, timeoutMs: 20_000 })
      if (!taken.ok) throw new Error(`no picture: ${taken.error.kind}`)
    }
    const takeAll = async (name: string, address: string) => {
      await take(address)
      const pid = media.pid() ?? 0
      const before = cpuMs(pid)
      for (let n = 0; n < pictures; n++) await take(address)
      figure(`a picture of 1080p H.264 by RTSP ${name}`, (cpuMs(pid) - before) / 1_000 / pictures, 's of CPU', '<= 0.06', `mean of ${pictures}, 640 px wide`)
    }
    await takeAll('in MPEG-TS, from its first key frame on', `${urls.rtsp}/cam`)
    if (binary === null) return console.error('  skipped: no MediaMTX here (MEDIAMTX_BIN, or mediamtx on the path)')
    await using server = await startRealServer(binary, 'paths: { all_others: {} }')
    const address = `rtsp://127.0.0.1:${server.ports.rtsp}/cam`
    await using _publisher = startPublisher(published, address, 'rtsp', 'tcp')
    const isReady = async () => (await server.ask<{ items: { ready: boolean }[] }>('GET', '/v3/paths/list')).items.some(({ ready }) => ready)
    for (let waits = 0; !(await isReady()); waits++) {
      if (waits === 100) throw new Error('nothing was published')
      await pause(200)
    }
    await takeAll('from a MediaMTX, joined anywhere between two key frames', address)
    const looks = 10
    const pid = media.pid('probes') ?? 0
    const before = cpuMs(pid)
    const look = { url: address, answerMs, checkMs, isContinuous: false }
    const looked = await Promise.all(
      Array.from({ length: looks }, async (_, n) => {
        await pause((n * 4_000) / looks)
        return await media.probe(look, () => {})
      }),
    )
    if (looked.some((error) => error !== null)) throw new Error('a look failed')
    figure('a look of 6 s at 1080p H.264 by RTSP from a MediaMTX', (cpuMs(pid) - before) / looks, 'ms of CPU', null, `mean of ${looks}`)
  } finally {
    if (child !== null && child.exitCode === null) {
      const exited = once(child, 'exit')
      child.disconnect()
      await exited
    }
    rmSync(folder, { recursive: true, force: true })
  }
}
