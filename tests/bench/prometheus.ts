// Prometheus with the same samples: filled by promtool from OpenMetrics text, and asked over HTTP on loopback.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readdirSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../freePort.ts'

const run = promisify(execFile)

export interface PrometheusSeries {
  /** Of MediaMTX's figure, as a name of Prometheus: `path_bitrateIn`. */
  readonly name: string
  readonly path: string
  readonly times: Float64Array
  /** NaN: no sample. */
  readonly values: Float64Array
}

/** Why it can't be compared here; null: it can. */
export async function prometheusMissing(): Promise<string | null> {
  for (const binary of ['prometheus', 'promtool'])
    try {
      await run(binary, ['--version'], { timeout: 20_000 })
    } catch {
      return `Prometheus: ${binary} is missing (apt-get install prometheus; its service is not needed: systemctl disable --now prometheus)`
    }
  return null
}

const nameOf = (metric: string): string => metric.replaceAll('.', '_')

/** Writes series as OpenMetrics text, those of one name together. Returns how many samples. */
export function writeOpenMetrics(file: string, series: Iterable<PrometheusSeries>): number {
  const handle = openSync(file, 'w')
  let samples = 0
  let name = ''
  try {
    for (const one of series) {
      let text = ''
      if (nameOf(one.name) !== name) {
        name = nameOf(one.name)
        text = `# TYPE ${name} gauge\n`
      }
      const labels = `${name}{server="server0",path="${one.path}"}`
      for (let i = 0; i < one.values.length; i++) {
        const value = one.values[i] as number
        if (Number.isNaN(value)) continue
        text += `${labels} ${value} ${(one.times[i] as number) / 1000}\n`
        samples++
        if (text.length > 1 << 20) {
          writeSync(handle, text)
          text = ''
        }
      }
      writeSync(handle, text)
    }
    writeSync(handle, '# EOF\n')
  } finally {
    closeSync(handle)
  }
  return samples
}

export interface BlockSize {
  /** Everything that it takes: chunks, index, metadata. */
  readonly bytes: number
  readonly chunkBytes: number
}

/** Makes blocks of at most `hours` of a text. */
export async function createBlocks(text: string, dir: string, hours: number): Promise<BlockSize> {
  mkdirSync(dir, { recursive: true })
  await run('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', '--quiet', `--max-block-duration=${hours}h`, text, dir], {
    timeout: 300_000,
    maxBuffer: 16 << 20,
  })
  let bytes = 0
  let chunkBytes = 0
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const { size } = statSync(join(entry.parentPath, entry.name))
    bytes += size
    if (entry.parentPath.endsWith('chunks')) chunkBytes += size
  }
  if (chunkBytes === 0) throw new Error('promtool made no blocks')
  return { bytes, chunkBytes }
}

export interface RunningPrometheus {
  /** An answer of its API, such as `query?query=up`. */
  readonly ask: (what: string) => Promise<unknown>
  /** Milliseconds until the answer to a range query was there and read, and how many points it has. */
  readonly range: (query: string, from: number, to: number, stepSeconds: number) => Promise<{ readonly ms: number; readonly points: number }>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await exited
  clearTimeout(late)
}

/** Serves these blocks as they are, or does what a configuration says. */
export async function startPrometheus(dir: string, configuration = 'scrape_configs: []\n'): Promise<RunningPrometheus> {
  const config = join(dir, 'prometheus.yml')
  writeFileSync(config, configuration)
  const port = await freePort()
  const child = spawn(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${dir}`,
      '--storage.tsdb.retention.time=100y',
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const url = `http://127.0.0.1:${port}`
  const began = performance.now()
  for (;;) {
    const ready = await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(2000) }).then(
      ({ ok }) => ok,
      () => false,
    )
    if (ready) break
    if (child.exitCode !== null || performance.now() - began > 60_000) {
      await stop(child)
      throw new Error(`Prometheus was not ready (exit code ${child.exitCode})`)
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return {
    ask: async (what) => {
      const { data } = (await (await fetch(`${url}/api/v1/${what}`, { signal: AbortSignal.timeout(20_000) })).json()) as { readonly data: unknown }
      return data
    },
    range: async (query, from, to, stepSeconds) => {
      const asked = new URLSearchParams({ query, start: String(from / 1000), end: String(to / 1000), step: String(stepSeconds) })
      const before = performance.now()
      const answer = await fetch(`${url}/api/v1/query_range?${asked}`, { signal: AbortSignal.timeout(120_000) })
      const text = await answer.text()
      const ms = performance.now() - before
      const { status, data, error } = JSON.parse(text) as {
        readonly status: string
        readonly data?: { readonly result: readonly { readonly values: readonly unknown[] }[] }
        readonly error?: string
      }
      if (status !== 'success') throw new Error(`Prometheus: ${error}`)
      return { ms, points: data?.result[0]?.values.length ?? 0 }
    },
    [Symbol.asyncDispose]: () => stop(child),
  }
}
