import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRouterClient, type RouterClient } from '@orpc/server'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createEngine, type Engine } from '../../src/engine/createEngine.ts'
import type { MediaPort } from '../../src/engine/ports.ts'
import { createTestLog } from '../../src/engine/testLog.ts'
import { createMediaClient } from '../../src/media/mediaClient.ts'
import type { DeckEvent } from '../../src/shared/events.ts'
import type { TroubleReport } from '../../src/shared/fleet.ts'
import { soleOperator } from '../../src/shared/permissions.ts'
import type { Preview } from '../../src/shared/previews.ts'
import { serverInputSchema } from '../../src/shared/servers.ts'
import type { Stream } from '../../src/shared/streams.ts'
import { makeClip } from './makeClip.ts'
import { findMediaMtx, type RealServer, startRealServer } from './realServer.ts'

/** Null where there is none: the suite is skipped by name. */
export const binary = findMediaMtx()
if (binary === null) console.log('No real MediaMTX here: set MEDIAMTX_BIN or put mediamtx on the path to run the suite tests/real.')

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Asks until `found` gives something, at most `seconds`. What it says last is in the failure. */
export async function until<T>(what: string, seconds: number, found: () => Promise<T | null | undefined | false>): Promise<T> {
  const deadline = Date.now() + seconds * 1000
  for (;;) {
    const value = await found()
    if (value) return value
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`)
    await sleep(100)
  }
}

async function startEngine(dataDir: string, servers: readonly object[], media: MediaPort): Promise<Engine> {
  const engine = await createEngine(
    {
      clock: createSystemClock(),
      log: createTestLog(),
      media,
      dataDir,
      version: '0.0.0-test',
      storeWorker: new URL('../../src/engine/history/storeWorker.ts', import.meta.url),
      secretsKey: { protection: 'file', kept: { kind: 'keyFile', file: 'a test' }, key: new Uint8Array(32) },
    },
    { servers: servers.map((server) => serverInputSchema.parse(server)), hasNetwork: () => true },
  )
  if (!engine.ok) throw new Error(engine.error.words)
  return engine.value
}

/** All that was ever wrong while it looked, each kind of each stream once. */
export interface TroubleWatch {
  readonly seen: () => readonly TroubleReport[]
  /** `path kind` of all that was critical. */
  readonly critical: () => readonly string[]
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** A live picture of the console, with a player that asks for what is newest as long as it is let. */
export interface OpenPicture {
  /** Parts of playlist and media that came. */
  readonly played: () => number
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** A real server, a real console that watches it every second, and what tests ask of both. */
export interface Lab {
  readonly server: RealServer
  readonly engine: () => Engine
  readonly client: () => RouterClient<Engine['router']>
  readonly serverId: () => string
  /** Small pictures at 25 a second and a tone, about 350 kbit/s. */
  readonly clip: string
  readonly rtsp: (path: string) => string
  readonly stream: (path: string) => Promise<Stream | null>
  readonly live: (path: string) => Promise<Stream>
  /** Waits for the server's next answer, and returns right after it. */
  readonly nextAnswer: () => Promise<void>
  /** Events from `since` on, oldest first. */
  readonly events: (since: number, path?: string) => Promise<readonly DeckEvent[]>
  /** Looks ten times a second what is wrong. */
  readonly watchTroubles: () => TroubleWatch
  /** Plays a picture, by default one that it opens. */
  readonly openPicture: (path: string, opened?: Preview) => Promise<OpenPicture>
  /** Ends the console and starts it again in the same data folder. */
  readonly restartConsole: () => Promise<void>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** `way`: what the console asks instead of the server's API itself. `auth`: who may what. */
export async function startLab(
  configuration = 'paths:\n  all_others:\n',
  clipOptions: Parameters<typeof makeClip>[1] = {},
  way: (apiUrl: string, ports: RealServer['ports']) => Promise<AsyncDisposable & { readonly url: string; readonly srt?: string }> = async (url) => ({
    url,
    [Symbol.asyncDispose]: async () => {},
  }),
  auth?: string,
): Promise<Lab> {
  await using starting = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'mtxdeck-real-test-'))
  starting.defer(() => rm(folder, { recursive: true, force: true }))
  const clip = join(folder, 'clip.mkv')
  await makeClip(clip, { width: 320, height: 180, videoKbps: 300, ...clipOptions })
  const server = starting.use(await startRealServer(binary ?? '', configuration, auth))
  const media = starting.use(createMediaClient({ clock: createSystemClock(), log: createTestLog() }))
  const { url, srt } = starting.use(await way(server.apiUrl, server.ports))
  const watched = {
    name: 'real',
    url,
    auth: { kind: 'basic', user: 'noc', password: 'watch-me' },
    intervalSeconds: 1,
    ...(srt !== undefined && { addresses: { srt } }),
  }
  const begin = () => startEngine(join(folder, 'data'), [watched], media)
  let engine = await begin()
  starting.defer(() => engine[Symbol.asyncDispose]())
  let client = createRouterClient(engine.router, { context: { operator: soleOperator, language: 'en' } })
  let serverId = (await client.servers.list())[0]?.id ?? ''
  const open = starting.move()

  const stream = (path: string): Promise<Stream | null> => client.streams.get({ serverId, path }).catch(() => null)
  return {
    server,
    clip,
    engine: () => engine,
    client: () => client,
    serverId: () => serverId,
    rtsp: (path) => `rtsp://127.0.0.1:${server.ports.rtsp}/${path}`,
    stream,
    live: (path) =>
      until(`${path} is live with a bit rate`, 30, async () => {
        const found = await stream(path)
        return found?.state === 'live' && found.figures.bitrateInBps !== null && found
      }),
    nextAnswer: async () => {
      const before = (await client.servers.get({ id: serverId })).lastAnswerAt
      await until('the server answers', 20, async () => (await client.servers.get({ id: serverId })).lastAnswerAt !== before)
    },
    events: async (since, path) => {
      const events = await client.history.events({ serverId, from: since, ...(path !== undefined && { path }) })
      return [...events].sort((a, b) => a.id - b.id)
    },
    watchTroubles: () => {
      const seen = new Map<string, TroubleReport>()
      const ended = new AbortController()
      const looking = (async () => {
        while (!ended.signal.aborted) {
          for (const trouble of await client.fleet.troubles()) seen.set(`${trouble.path ?? 'server'} ${trouble.kind}`, trouble)
          await sleep(100)
        }
      })()
      return {
        seen: () => [...seen.values()],
        critical: () => [...seen].filter(([, { severity }]) => severity === 'critical').map(([what]) => what),
        [Symbol.asyncDispose]: async () => {
          ended.abort()
          await looking
        },
      }
    },
    openPicture: async (path, opened) => {
      const preview = opened ?? (await client.previews.open({ serverId, path, viewer: 'test' }))
      if (preview.url === null) throw new Error(preview.words ?? 'no picture')
      const base = new URL(preview.url, 'http://deck.test')
      const ended = new AbortController()
      let played = 0
      const get = async (url: URL): Promise<Buffer | null> => {
        const answer = await engine.relay(new Request(url))
        const body = Buffer.from(await answer.arrayBuffer())
        if (answer.ok) played++
        return answer.ok ? body : null
      }
      /** Addresses in a playlist. */
      const listed = (playlist: Buffer | null, base: URL) => [...(playlist?.toString() ?? '').matchAll(/^[^#\s].*$/gm)].map(([line]) => new URL(line, base))
      const playing = (async () => {
        while (!ended.signal.aborted) {
          const [child] = listed(await get(base), base)
          const segment = child && listed(await get(child), child).at(-1)
          if (segment) await get(segment)
          await sleep(400)
        }
      })()
      return {
        played: () => played,
        [Symbol.asyncDispose]: async () => {
          ended.abort()
          await playing
          await client.previews.close({ previewId: preview.previewId ?? '' })
        },
      }
    },
    restartConsole: async () => {
      await engine[Symbol.asyncDispose]()
      engine = await begin()
      client = createRouterClient(engine.router, { context: { operator: soleOperator, language: 'en' } })
      serverId = (await client.servers.list())[0]?.id ?? ''
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}
