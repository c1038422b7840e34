import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectDir } from '../../src/headless/projectFiles.ts'
import { startCommand, type TestCommand } from '../../src/headless/testCommand.fixture.ts'
import type { DeckEvent } from '../../src/shared/events.ts'
import type { FleetSummary, TroubleReport } from '../../src/shared/fleet.ts'
import type { SeriesColumns } from '../../src/shared/history.ts'
import type { Server } from '../../src/shared/servers.ts'
import type { Stream } from '../../src/shared/streams.ts'
import { binary, sleep, until } from './lab.ts'
import { makeClip } from './makeClip.ts'
import { type RealServer, startPublisher, startRealServer } from './realServer.ts'

const token = 'a-token-for-tests-only'
/** More than one list of troubles held once. */
const deadSources = 520

describe.skipIf(binary === null)('mtxdeck serve beside a real MediaMTX, with a configuration file that changes', () => {
  let open: AsyncDisposableStack
  let folder: string
  let server: RealServer
  let command: TestCommand
  let url = ''
  let clip = ''

  const get = async (path: string, body?: object, method = body ? 'POST' : 'GET') => {
    const answer = await fetch(`${url}/api${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return answer
  }
  const ask = async <T>(path: string, body?: object): Promise<T> => (await (await get(path, body)).json()) as T
  const servers = () => ask<readonly Server[]>('/servers')
  const named = async (name: string) => (await servers()).find((one) => one.name === name) as Server
  const events = async (serverId: string, from: number) =>
    (await ask<readonly DeckEvent[]>(`/events?serverId=${serverId}&from=${from}&limit=500`)).toSorted((a, b) => a.id - b.id)
  const putPassword = (name: string, password: string) => writeFileSync(join(folder, name), password, { mode: 0o600 })

  beforeAll(async () => {
    await using starting = new AsyncDisposableStack()
    folder = mkdtempSync(join(tmpdir(), 'mtxdeck-real-console-'))
    starting.defer(() => rmSync(folder, { recursive: true, force: true }))
    clip = join(folder, 'clip.mkv')
    await makeClip(clip, { width: 320, height: 180, videoKbps: 300 })
    const dead = Array.from({ length: deadSources }, (_, nth) => `  dead/${nth}:\n    source: rtsp://127.0.0.1:9/nowhere\n`)
    server = starting.use(await startRealServer(binary ?? '', `paths:\n  camera:\n    source: publisher\n${dead.join('')}`))
    putPassword('in-file', 'not-it')
    putPassword('on-server', 'not-yet')
    const watched = [
      ['real', 'noc', 'right'],
      ['mistyped', 'noc', 'in-file'],
      ['refused', 'second', 'on-server'],
    ].map(([name, user, file]) => `  - { name: ${name}, url: "${server.apiUrl}", user: ${user}, passwordFile: ${file}, intervalSeconds: 1 }\n`)
    putPassword('right', 'watch-me')
    const nowhere = '  - { name: nowhere, url: "http://127.0.0.1:9", intervalSeconds: 1 }\n'
    writeFileSync(join(folder, 'mtxdeck.yaml'), `listen: 127.0.0.1:0\ndataDir: data\nservers:\n${watched.join('')}${nowhere}`, { mode: 0o600 })
    // The console itself, not the command that waits for it: it is stopped where it stands.
    const program = [process.execPath, '--disable-warning=ExperimentalWarning', join(projectDir, 'src', 'headless', 'index.ts')] as const
    command = startCommand(['serve', '--config', 'mtxdeck.yaml'], { cwd: folder, env: { MTXDECK_TOKEN: token }, program })
    const { child, ended, said } = command
    starting.defer(async () => {
      child.kill('SIGCONT')
      child.kill('SIGTERM')
      await ended
    })
    url = await until('it serves', 90, async () => {
      if (child.exitCode !== null) throw new Error(`${said.out}\n${said.err}`)
      return /serves the console at (\S+)/.exec(said.out)?.[1]
    })
    open = starting.move()
  })
  afterAll(() => open?.disposeAsync())

  it('a wrong password is asked with once; corrected in the file it is polled again by itself, and the return is an event', async () => {
    const { id } = await until('halted', 20, async () => {
      const found = await named('mistyped')
      return found.state === 'halted' && found
    })
    await sleep(5_000)
    expect((await named('mistyped')).state, 'nothing was corrected yet').toBe('halted')
    const correctedAt = Date.now()
    putPassword('in-file', 'watch-me')
    await until('up', 20, async () => (await named('mistyped')).state === 'up')
    const returned = await until('the event of its return', 5, async () => (await events(id, correctedAt)).find(({ kind }) => kind === 'serverUp'))
    expect(returned.at).toBeGreaterThanOrEqual(correctedAt)
    expect((await ask<readonly TroubleReport[]>('/troubles')).some(({ serverId, path }) => serverId === id && path === null)).toBe(false)
  })

  it('a password that was corrected on the server is tried by Try now, also of a server from the file', async () => {
    const { id } = await until('halted', 20, async () => {
      const found = await named('refused')
      return found.state === 'halted' && found
    })
    const noc = (user: string, pass: string) => ({ user, pass, ips: [], permissions: [{ action: 'api' }] })
    const everybody = { user: 'any', pass: '', ips: [], permissions: [{ action: 'publish' }, { action: 'read' }, { action: 'playback' }] }
    await server.ask('PATCH', '/v3/config/global/patch', { authInternalUsers: [everybody, noc('noc', 'watch-me'), noc('second', 'not-yet')] })
    await sleep(3_000)
    expect((await named('refused')).state, 'not asked yet').toBe('halted')
    const triedAt = Date.now()
    await get(`/servers/${id}/try`, {})
    await until('up', 10, async () => (await named('refused')).state === 'up')
    await until('the event of its return', 5, async () => (await events(id, triedAt - 1_000)).some(({ kind }) => kind === 'serverUp'))
  })

  it('more than 500 troubles are listed whole, in pages where somebody wants them, and sums say what they lack', async () => {
    // Three that are up are one and the same server. Until all of its troubles are there, their number differs from one request to the next.
    await until('an event for each dead source, of each server', 40, async () => {
      const all = await ask<readonly TroubleReport[]>('/troubles')
      return all.filter(({ kind }) => kind === 'sourceFailing').length === 3 * deadSources
    })
    for (const path of ['/troubles', '/monitoring/alerts']) {
      const whole = await get(path)
      const items = (await whole.json()) as readonly { readonly id: string }[]
      const total = Number(whole.headers.get('x-total-count'))
      expect([items.length, Number(whole.headers.get('x-shown-count'))], path).toEqual([total, total])
      expect(total, path).toBeGreaterThan(deadSources)
      const first = await ask<readonly { readonly id: string }[]>(`${path}?limit=500`)
      const rest = await ask<readonly { readonly id: string }[]>(`${path}?limit=5000&offset=500`)
      expect([first.length, rest.length], path).toEqual([500, total - 500])
    }
    const summary = await ask<FleetSummary>('/fleet')
    expect(summary).toMatchObject({ complete: false, unknownServers: 1, unknownServerNames: ['nowhere'] })
    expect(summary.totals.streams).toBe(3 * (deadSources + 1))
  })

  it('what happened while the console itself slept is dated by the server’s own times or after its sleep, and no sample in it', async () => {
    await using stack = new AsyncDisposableStack()
    const first = startPublisher(clip, `rtsp://127.0.0.1:${server.ports.rtsp}/camera`, 'rtsp', 'tcp')
    stack.use(first)
    const { id } = await named('real')
    const stream = () => ask<Stream>(`/servers/${id}/streams/camera`)
    const live = () => until('it is live with a bit rate', 20, async () => (await stream()).figures.bitrateInBps !== null && (await stream()).state === 'live')
    await live()
    await sleep(2_500)
    // To a process that stands still it is the same as a laptop that was shut.
    const asleepAt = Date.now()
    command.child.kill('SIGSTOP')
    await sleep(6_000)
    const replacedAt = Date.now()
    await first[Symbol.asyncDispose]()
    stack.use(startPublisher(clip, `rtsp://127.0.0.1:${server.ports.rtsp}/camera`, 'rtsp', 'tcp'))
    await sleep(9_000)
    const awakeAt = Date.now()
    command.child.kill('SIGCONT')
    await live()
    await sleep(4_000)
    const seen = await events(id, asleepAt + 1_500)
    // The server says itself since when its newest publisher is there.
    const isTrue = (at: number) => at > awakeAt - 50 || (at > replacedAt - 1_000 && at < replacedAt + 3_000)
    expect(seen.filter(({ at }) => !isTrue(at)).map(({ at, kind, text }) => `${at - asleepAt} ms: ${kind}: ${text}`)).toEqual([])
    // The camera was away for as long as its publisher took to come back, not for as long as the console slept.
    for (const { kind, text, facts } of seen) if (kind === 'streamOn' && typeof facts.maxMs === 'number') expect(facts.maxMs, text).toBeLessThan(6_000)
    expect((await ask<readonly DeckEvent[]>(`/events?from=${asleepAt - 2_000}&limit=500`)).filter(({ kind }) => kind === 'consoleGap')).toHaveLength(1)
    const series = ['path.state', 'path.bitrateIn'].map((metric) => ({ serverId: id, path: 'camera', metric }))
    const read = await ask<readonly SeriesColumns[]>('/history/range', {
      series: [...series, { serverId: id, path: '', metric: 'server.reachable' }],
      from: asleepAt - 5_000,
      to: Date.now(),
      points: 5_000,
    })
    for (const { at: known } of read) {
      expect(known.filter((one) => one > asleepAt + 1_000 && one < awakeAt - 50).map((one) => one - asleepAt)).toEqual([])
      expect(known.some((one) => one < asleepAt) && known.some((one) => one > awakeAt - 50)).toBe(true)
    }
    expect((await ask<readonly TroubleReport[]>('/troubles')).some(({ path }) => path === 'camera')).toBe(false)
  })
})
