import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createMediaClient, type MediaClient } from '../../src/media/mediaClient.ts'
import type { MediaError, ProbeRequest } from '../../src/shared/media.ts'
import type { ProbeReading } from '../../src/shared/probeReadings.ts'
import { backends } from '../fakes/backends.ts'
import { startTlsFront } from '../fakes/tlsFront.ts'
import { freePort } from '../freePort.ts'
import { makeClip } from './makeClip.ts'
import { hasGstRtsp, hasNginxRtmp, hasSrtTools, startGstRtsp, startNginxRtmp, startSrtTransmit } from './otherServers.ts'
import { startPublisher } from './realServer.ts'

const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-other-'))
const clip = join(folder, 'clip.mkv')
beforeAll(() => makeClip(clip, {}))
afterAll(() => rmSync(folder, { recursive: true }))

const start = (backend: 'node-av' | 'ffmpeg') => createMediaClient({ clock: createSystemClock(), log: { warn: () => {} }, backend })
async function look(media: MediaClient, url: string, of: Partial<ProbeRequest> = {}): Promise<ProbeReading | MediaError> {
  const readings: ProbeReading[] = []
  const error = await media.probe({ url, answerMs: 20_000, checkMs: 4_000, isContinuous: false, ...of }, (reading) => readings.push(reading))
  return error ?? readings[0] ?? expect.fail('it ended without a reading')
}
/** The same until it can be read: a publisher takes some time, and so does a playlist. */
async function checkLast(media: MediaClient, url: string): Promise<ProbeReading> {
  for (let tries = 0; ; tries++) {
    const found = await look(media, url)
    if (!('kind' in found)) return found
    if (tries === 15) throw new Error(`${url} can’t be read: ${JSON.stringify(found)}`)
    await new Promise((resolve) => setTimeout(resolve, 1_000))
  }
}
const ofClip = { video: { codec: 'h264', widthPx: 640, heightPx: 360 }, ptsJumps: 0 }
const ofGst = { video: { codec: 'h264', widthPx: 320, heightPx: 180 }, ptsJumps: 0 }
const nearly25 = (reading: ProbeReading) => expect(Math.abs((reading.video?.fps ?? 0) - 25)).toBeLessThan(1.5)

describe.each(backends.filter(({ isHere }) => isHere))('with $backend', ({ backend }) => {
  test.skipIf(!hasNginxRtmp)('a stream of nginx with its RTMP module is measured by RTMP and by HLS, and one that nobody publishes is not there', async () => {
    await using media = start(backend)
    await using server = await startNginxRtmp()
    await using _ = startPublisher(clip, server.rtmp('cam'), 'flv')
    for (const url of [server.rtmp('cam'), server.hls('cam')]) {
      const reading = await checkLast(media, url)
      expect(reading, url).toMatchObject(ofClip)
      expect(reading.audio?.codec, url).toBe('aac')
      nearly25(reading)
    }
    expect(await look(media, server.hls('nothing'))).toMatchObject({ kind: 'notFound' })
    // The server keeps its segments for some seconds only: a busy machine may ask for one too late.
    const snapshot = () => media.snapshot({ url: server.hls('cam'), widthPx: 160, timeoutMs: 20_000 })
    await expect.poll(snapshot).toMatchObject({ ok: true, value: { widthPx: 160, heightPx: 90 } })
  })

  test.skipIf(!hasNginxRtmp || !hasGstRtsp)('the same streams are measured through TLS, by RTMPS, HLS over HTTPS and RTSPS', async () => {
    await using media = start(backend)
    await using server = await startNginxRtmp()
    await using camera = await startGstRtsp('basic')
    await using _ = startPublisher(clip, server.rtmp('cam'), 'flv')
    await checkLast(media, server.rtmp('cam'))
    const throughTls = async (plain: string) => {
      const url = new URL(plain)
      const front = await startTlsFront(Number(url.port))
      return { url: plain.replace('://', 's://').replace(`:${url.port}`, `:${front.port}`), [Symbol.asyncDispose]: front[Symbol.asyncDispose] }
    }
    for (const [plain, expected] of [
      [server.rtmp('cam'), ofClip],
      [server.hls('cam'), ofClip],
      [`rtsp://noc:watch-me@127.0.0.1:${camera.port}/cam`, ofGst],
    ] as const) {
      await using front = await throughTls(plain)
      const reading = await checkLast(media, front.url)
      expect(reading, front.url).toMatchObject(expected)
      nearly25(reading)
      // Its playlist is read beside it.
      if (plain.startsWith('http')) expect(reading.hls?.playlists, front.url).toMatchObject([{ fault: null }])
      const snapshot = () => media.snapshot({ url: front.url, widthPx: 160, timeoutMs: 20_000 })
      await expect.poll(snapshot, { message: front.url }).toMatchObject({ ok: true, value: { widthPx: 160, heightPx: 90 } })
    }
  })

  test.skipIf(!hasGstRtsp)(
    'a stream of GStreamer’s RTSP server is measured, with G.711 as its sound, and where it wants to know who reads by Basic and Digest',
    async () => {
      await using media = start(backend)
      for (const auth of ['none', 'basic', 'digest'] as const) {
        await using server = await startGstRtsp(auth)
        const url = (user: string) => `rtsp://${user}127.0.0.1:${server.port}/cam`
        const reading = await checkLast(media, url(auth === 'none' ? '' : 'noc:watch-me@'))
        expect(reading, auth).toMatchObject(ofGst)
        expect(reading.audio, auth).toMatchObject({ codec: 'pcm_alaw', sampleRateHz: 8_000, channels: 1 })
        nearly25(reading)
        if (auth === 'none') expect(await look(media, url('').replace('/cam', '/nothing'))).toMatchObject({ kind: 'notFound' })
        else expect(await look(media, url('noc:guessed@')), auth).toEqual({ kind: 'unauthorized' })
      }
    },
  )

  test.skipIf(!hasSrtTools)(
    'a stream of srt-live-transmit is measured as caller and as listener, with a passphrase, and refused with another one',
    async () => {
      await using media = start(backend)
      const [udp, srt, ours] = await Promise.all([freePort(), freePort(), freePort()])
      const secret = 'pbkeylen=16&passphrase=not-for-everyone'
      await using _listener = await startSrtTransmit(`udp://127.0.0.1:${udp}`, `srt://127.0.0.1:${srt}?mode=listener&${secret}`)
      await using _publisher = startPublisher(clip, `udp://127.0.0.1:${udp}?pkt_size=1316`, 'mpegts')
      const called = await checkLast(media, `srt://127.0.0.1:${srt}?passphrase=not-for-everyone`)
      expect(called).toMatchObject(ofClip)
      nearly25(called)
      const refused = await look(media, `srt://127.0.0.1:${srt}?passphrase=somebody-elses`, { answerMs: 6_000 })
      expect(refused).toHaveProperty('kind')
      const heard = look(media, `srt://127.0.0.1:${ours}?mode=listener&passphrase=not-for-everyone`, { answerMs: 30_000 })
      const udp2 = await freePort()
      await using _caller = await startSrtTransmit(`udp://127.0.0.1:${udp2}`, `srt://127.0.0.1:${ours}?mode=caller&${secret}`)
      await using _second = startPublisher(clip, `udp://127.0.0.1:${udp2}?pkt_size=1316`, 'mpegts')
      expect(await heard).toMatchObject(ofClip)
    },
  )
})
