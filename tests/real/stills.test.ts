import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createMediaClient } from '../../src/media/mediaClient.ts'
import { backends } from '../fakes/backends.ts'
import { colourfulShare } from './colourful.ts'
import { binary, until } from './lab.ts'
import { makeClip } from './makeClip.ts'
import { type RealServer, startPublisher, startRealServer } from './realServer.ts'

describe.skipIf(binary === null)('a still of a stream of a real server', () => {
  let folder: string
  let server: RealServer
  const opened = new AsyncDisposableStack()
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mtxdeck-real-stills-'))
    opened.defer(() => rmSync(folder, { recursive: true }))
    server = opened.use(await startRealServer(binary ?? '', 'paths:\n  all_others:\n'))
    for (const codec of ['h264', 'hevc'] as const) {
      const clip = join(folder, `${codec}.mkv`)
      // Key frames stand far apart: a reader joins between two of them.
      await makeClip(clip, { seconds: 6, width: 640, height: 360, codec, gop: 75 })
      opened.use(startPublisher(clip, `rtsp://127.0.0.1:${server.ports.rtsp}/${codec}`, 'rtsp', 'tcp'))
    }
  })
  afterAll(() => opened.disposeAsync())

  describe.each(backends)('with $backend', ({ backend, isHere }) => {
    it.runIf(isHere).each(['h264', 'hevc'])('of %s is whole, however it was joined', async (codec) => {
      await using media = createMediaClient({ clock: createSystemClock(), log: { warn: () => {} }, backend })
      const url = `rtsp://127.0.0.1:${server.ports.rtsp}/${codec}`
      const take = () => media.snapshot({ url, widthPx: 640, timeoutMs: 10_000 })
      await until('it is published', 30, async () => (await take()).ok)
      for (let i = 0; i < 3; i++) {
        const taken = await take()
        if (!taken.ok) throw new Error(JSON.stringify(taken.error))
        expect(taken.value).toMatchObject({ widthPx: 640, heightPx: 360, codec })
        expect(await colourfulShare(taken.value.jpeg)).toBeGreaterThan(0.5)
      }
    })
  })
})
