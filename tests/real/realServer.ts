import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../freePort.ts'

/** A real MediaMTX: `MEDIAMTX_BIN`, or `mediamtx` on the path; null where there is none. */
export function findMediaMtx(): string | null {
  const named = process.env.MEDIAMTX_BIN
  if (named) return named
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const file = join(folder, process.platform === 'win32' ? 'mediamtx.exe' : 'mediamtx')
    if (existsSync(file)) return file
  }
  return null
}

const untilExit = (child: ChildProcess) =>
  new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve()
    else child.once('exit', () => resolve())
  })

export interface RealServer {
  /** Of the binary, for instance `1.20.1`. */
  readonly version: string
  readonly isAtLeast: (version: string) => boolean
  readonly apiUrl: string
  readonly ports: { readonly api: number; readonly rtsp: number; readonly rtmp: number; readonly srt: number; readonly hls: number; readonly webrtc: number }
  readonly log: () => string
  /** Ends it as an operator would, or at once (`SIGKILL`). */
  readonly stop: (signal?: 'SIGTERM' | 'SIGKILL') => Promise<void>
  /** Starts it on the same ports; returns when its API answers. */
  readonly start: () => Promise<void>
  readonly freeze: () => void
  readonly thaw: () => void
  /** Asks its API, `path` from `/v3` on. Throws unless it was answered with success. */
  readonly ask: <Answered>(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object) => Promise<Answered>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** Anybody publishes and reads; user `noc` with password `watch-me` asks the API. */
const openToAll = `authMethod: internal
authInternalUsers:
  - user: any
    pass:
    permissions: [{ action: publish }, { action: read }, { action: playback }]
  - user: noc
    pass: watch-me
    permissions: [{ action: api }, { action: metrics }]`

/** Starts a MediaMTX on loopback with its own ports; `extra` is added to its configuration, and `auth` says who may what. */
export async function startRealServer(binary: string, extra = '', auth = openToAll): Promise<RealServer> {
  const version = execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim().replace(/^v/, '')
  const isAtLeast = (least: string) => version.localeCompare(least, 'en', { numeric: true }) >= 0
  const folder = await mkdtemp(join(tmpdir(), 'mtxdeck-real-'))
  const [api = 0, rtsp = 0, rtmp = 0, srt = 0, hls = 0, webrtc = 0, webrtcUdp = 0] = await Promise.all(Array.from({ length: 7 }, freePort))
  // RTP wants an even port and the next one.
  const rtp = 20_000 + 2 * Math.floor(Math.random() * 10_000)
  const file = join(folder, 'mediamtx.yml')
  await writeFile(
    file,
    `logLevel: info
${auth}
api: yes
apiAddress: 127.0.0.1:${api}
rtspAddress: 127.0.0.1:${rtsp}
rtpAddress: 127.0.0.1:${rtp}
rtcpAddress: 127.0.0.1:${rtp + 1}
rtmpAddress: 127.0.0.1:${rtmp}
srtAddress: 127.0.0.1:${srt}
hlsAddress: 127.0.0.1:${hls}
webrtcAddress: 127.0.0.1:${webrtc}
webrtcLocalUDPAddress: 127.0.0.1:${webrtcUdp}
webrtcIPsFromInterfaces: no
webrtcAdditionalHosts: [127.0.0.1]
${isAtLeast('1.19.0') ? 'moq: no' : ''}
${extra}`,
  )
  let child: ChildProcess | null = null
  let output = ''
  const ask: RealServer['ask'] = async (method, path, body) => {
    const answer = await fetch(`http://127.0.0.1:${api}${path}`, {
      method,
      headers: { authorization: `Basic ${btoa('noc:watch-me')}` },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    return text === '' ? null : JSON.parse(text)
  }
  const start = async () => {
    const started = spawn(binary, [file], { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder })
    child = started
    started.stdout?.on('data', (text) => {
      output += text
    })
    started.stderr?.on('data', (text) => {
      output += text
    })
    for (let tries = 0; tries < 100; tries++) {
      if (await ask('GET', '/v3/paths/list').catch(() => null)) return
      if (started.exitCode !== null) throw new Error(`MediaMTX ended at once:\n${output}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error(`MediaMTX does not answer:\n${output}\n${await readFile(file, 'utf8')}`)
  }
  const stop = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM') => {
    // A frozen process takes no SIGTERM.
    child?.kill('SIGCONT')
    child?.kill(signal)
    if (child) await untilExit(child)
  }
  await start()
  return {
    version,
    isAtLeast,
    apiUrl: `http://127.0.0.1:${api}`,
    ports: { api, rtsp, rtmp, srt, hls, webrtc },
    log: () => output,
    start,
    stop,
    freeze: () => child?.kill('SIGSTOP'),
    thaw: () => child?.kill('SIGCONT'),
    ask,
    [Symbol.asyncDispose]: async () => {
      await stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export interface Publisher {
  /** What it said it sent, newest first entry last: time since its start and media bytes. */
  readonly sent: () => readonly { readonly atMs: number; readonly bytes: number }[]
  /** Media bit/s over its last `seconds` of reports. */
  readonly bitrateBps: (seconds: number) => number
  readonly freeze: () => void
  readonly thaw: () => void
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** Starts a script of this folder in a process of its own; each line that it prints is one report. */
function startChild<Report>(script: string, args: readonly string[]) {
  const reports: Report[] = []
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', fileURLToPath(new URL(script, import.meta.url)), ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let rest = ''
  child.stdout.on('data', (text) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) reports.push(JSON.parse(line))
  })
  return {
    reports,
    freeze: () => child.kill('SIGSTOP'),
    thaw: () => child.kill('SIGCONT'),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await untilExit(child)
    },
  }
}

/** Publishes `clip` in a process of its own, to one address or to several. A connection that is lost is made again within a fraction of a second. */
export function startPublisher(clip: string, urls: string | readonly string[], format: string, transport?: 'tcp' | 'udp'): Publisher {
  const { reports, ...child } = startChild<{ atMs: number; bytes: number }>('publish.ts', [clip, format, transport ?? '-', ...[urls].flat()])
  return {
    ...child,
    sent: () => reports,
    bitrateBps: (seconds) => {
      const last = reports.at(-1)
      const first = reports.at(-1 - seconds)
      if (!last || !first) return Number.NaN
      return ((last.bytes - first.bytes) * 8000) / (last.atMs - first.atMs)
    },
  }
}

/** Pictures of a stream as they reached a reader: all, those that are what was published, and those that were due. */
export interface PicturesRead {
  readonly pictures: number
  readonly whole: number
  readonly due: number
}

export interface Viewer {
  /** Of the whole time since it began; null: nothing yet. At most a second old. */
  readonly read: () => PicturesRead | null
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** Reads `url` in a process of its own, and compares what arrives with `clip`. */
export function startViewer(clip: string, url: string): Viewer {
  const { reports, ...child } = startChild<PicturesRead>('read.ts', [clip, url])
  return { ...child, read: () => reports.at(-1) ?? null }
}
