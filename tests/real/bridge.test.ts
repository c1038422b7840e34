import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSystemClock } from '../../src/clock/clock.ts'
import { engineOptionsOf, readConfig } from '../../src/configuration/config.ts'
import { createTestLog } from '../../src/engine/testLog.ts'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import { createMediaClient, type MediaClient } from '../../src/media/mediaClient.ts'
import type { ClosedPath, PathReport } from '../../src/shared/paths.ts'
import { binary, until } from './lab.ts'
import { type RealServer, startRealServer } from './realServer.ts'

const exam = 'exam_123_student_456_1693875600000'
const openToEverybody = 'authInternalUsers:\n  - user: any\n    permissions: [{ action: api }, { action: publish }, { action: read }]'
const answerMs = 30_000

describe.skipIf(binary === null)('a real server as a bridge from WHIP to RTSP, of which a program knows only this console', () => {
  let server: RealServer
  let media: MediaClient
  let deck: TestConsole
  beforeAll(async () => {
    server = await startRealServer(binary ?? '', 'paths:\n  all_others:\n', openToEverybody)
    media = createMediaClient({ clock: createSystemClock(), log: createTestLog() })
    const { ports } = server
    const config = readConfig({
      file: { path: 'mtxdeck.yaml', text: "naming: ['{examId}_{participantId}_{timestamp}']" },
      env: {
        MEDIAMTX_HOST: `127.0.0.1:${ports.api}`,
        MEDIAMTX_WHIP_PORT: String(ports.webrtc),
        MEDIAMTX_RTSP_PORT: String(ports.rtsp),
        MEDIAMTX_WHIP_URL: `http://127.0.0.1:${ports.webrtc}/${exam}/whip`,
        MEDIAMTX_WHEP_URL: `http://127.0.0.1:${ports.webrtc}/${exam}/whep`,
      },
      flags: {},
      cwd: '/',
      readText: () => '',
    })
    if (!config.ok) throw new Error(JSON.stringify(config.error))
    deck = await startTestConsole(engineOptionsOf(config.value))
  })
  afterAll(async () => {
    await deck?.[Symbol.asyncDispose]()
    await media?.[Symbol.asyncDispose]()
    await server?.[Symbol.asyncDispose]()
  })
  const json = async <T>(path: string, init?: RequestInit) => (await (await deck.ask(path, init)).json()) as T
  const listed = async () => (await json<{ readonly items: readonly PathReport[] }>('/api/v3/paths/list')).items

  it('is published through it by WHIP, read by RTSP and, through it, asked for by WHEP, listed under the names of its API, and closed', async () => {
    await until('the server is well', 30, async () =>
      (await json<{ readonly servers: readonly { state: string }[] }>('/api/webrtc/health')).servers.every(({ state }) => state === 'answers'),
    )
    const ended = new AbortController()
    const publishing = media.publish({ url: `${deck.url}/api/webrtc/whip`, protocol: 'whip', bearer: deck.token, answerMs }, () => {}, ended.signal)
    const stream = await until('it is listed as ready', 60, async () => (await listed()).find(({ ready }) => ready))
    expect(stream).toMatchObject({
      name: exam,
      server: '127.0.0.1',
      source: { type: expect.stringMatching(/^webrtcSession$/i) },
      fields: { examId: 'exam_123', participantId: 'student_456', timestamp: '1693875600000' },
    })
    expect(await json(`/api/v3/paths/get/${exam}`)).toMatchObject({ name: exam, ready: true, tracks: expect.arrayContaining(['H264', 'Opus']) })

    const codecs: (string | null)[] = []
    const rtsp = { url: `rtsp://127.0.0.1:${server.ports.rtsp}/${exam}`, answerMs, checkMs: 2_000, isContinuous: false }
    expect(await media.probe(rtsp, ({ video, audio }) => codecs.push(video?.codec ?? null, audio?.codec ?? null), ended.signal)).toBeNull()
    expect(codecs).toEqual(['h264', 'opus'])
    expect((await deck.ask('/api/webrtc/whep', { method: 'OPTIONS' })).status).toBe(204)

    const closed = await json<ClosedPath>(`/api/v3/paths/delete/${exam}?reason=exam%20over`, { method: 'DELETE' })
    expect(closed).toMatchObject({ name: exam, closed: true, sessions: [{ outcome: 'kicked' }] })
    await until('it is not listed any more', 30, async () => (await listed()).every(({ ready }) => ready !== true))
    ended.abort()
    await publishing
  })
})
