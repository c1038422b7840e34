import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { cpus, freemem, homedir, release, totalmem } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { Agent, fetch } from 'undici'
import { timeLimit } from '../clock/clock.ts'
import { type HeadlessConfig, loadConfig, readConfig, shownConfig } from '../configuration/config.ts'
import { problemText } from '../i18n/validationErrorText.ts'
import { redact, redactText } from '../shared/redact.ts'
import { visibleJson } from '../shared/visibleText.ts'
import { consoleAddressFile } from './accessToken.ts'
import { type ConsoleFlags, clock, configPath, fail } from './command.ts'
import { electronVersion } from './desktop.ts'
import { projectDir, readVersion } from './projectFiles.ts'

const tailBytes = 200_000
const longestCrash = 20_000
const askLimitMs = 3_000

/** Writes one file with everything that support needs first, and no secrets: into this folder, or where `output` says; '-': to standard output. */
export async function writeDiagnosis({ output, ...flags }: ConsoleFlags & { readonly output?: string }): Promise<void> {
  const at = new Date(clock.now()).toISOString()
  const text = await diagnose(flags, at)
  if (output === '-') {
    process.stdout.write(visibleJson(text))
    return
  }
  const file = resolve(output ?? `mtxdeck-diagnosis-${at.slice(0, 19).replaceAll(':', '-')}.json`)
  try {
    writeFileSync(file, text, { mode: 0o600 })
  } catch (error) {
    return fail(`${file} cannot be written (${wordsOf(error)}).`)
  }
  console.log(`Written to ${file}. Read it before you send it: it names your servers and streams, and holds no secrets.`)
}

async function diagnose(flags: ConsoleFlags, at: string): Promise<string> {
  const [{ env }, cwd] = [process, process.cwd()]
  const config = loadConfig(configPath(flags), { env, flags, cwd })
  // If the configuration is unreadable, the data folder of the flags, or the default one, is examined.
  const fallback = readConfig({ file: null, env: {}, flags, cwd, readText: () => '' })
  const known = config.ok ? config.value : fallback.ok ? fallback.value : null
  const desktop = desktopDir()
  const whole = {
    at,
    mtxdeck: readVersion(),
    versions: {
      node: process.version,
      nodeApi: process.versions.napi,
      electron: electronVersion(projectDir),
      platform: `${process.platform} ${process.arch} ${release()}`,
      packages: JSON.parse(readFileSync(join(projectDir, 'package.json'), 'utf8')).dependencies as Record<string, string>,
    },
    machine: { cores: cpus().length, cpu: cpus()[0]?.model ?? null, memoryBytes: totalmem(), freeBytes: freemem() },
    environment: Object.keys(env).filter((name) => name.startsWith('MTXDECK_')),
    configuration: config.ok ? shownConfig(config.value) : { problems: config.error.map((problem) => problemText(problem, 'en')) },
    files: known ? listFiles(known.dataDir) : [],
    console: known ? await askConsole(known) : null,
    ...(known ? logsIn(known.logDir) : { crashes: [], log: [] }),
    desktop: { files: listFiles(desktop), ...logsIn(join(desktop, 'logs')) },
  }
  return hideSecrets(`${JSON.stringify(redact(whole), null, 2)}\n`, known ? secretsOf(known) : [])
}

/** All secrets, in every form in which they may appear in a text. */
function secretsOf(config: HeadlessConfig): readonly string[] {
  const secrets = config.servers.flatMap(({ auth }) => {
    if (auth.kind === 'basic') return auth.password ? [auth.password, Buffer.from(`${auth.user}:${auth.password}`).toString('base64')] : []
    return auth.kind === 'none' || !auth.token ? [] : [auth.token]
  })
  for (const { auth } of config.hosts) {
    if (auth?.kind === 'password' && auth.password) secrets.push(auth.password)
    if (auth?.kind === 'key' && auth.passphrase) secrets.push(auth.passphrase)
  }
  const token = tokenOf(config)
  if (token !== null) secrets.push(token)
  return secrets.flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
}

/** The token of the console; null: there is no token file yet. */
function tokenOf({ token, tokenFile }: HeadlessConfig): string | null {
  return token ?? (existsSync(tokenFile) ? readFileSync(tokenFile, 'utf8').trim() : null)
}

/** Removes known secrets from a text, the longest first. Those of up to three letters stay, as removing them would destroy the text. */
function hideSecrets(text: string, secrets: readonly string[]): string {
  let hidden = text
  for (const secret of [...new Set(secrets)].filter((each) => each.length > 3).sort((a, b) => b.length - a.length))
    hidden = hidden.replaceAll(secret, '[hidden]')
  return hidden
}

function listFiles(dir: string): { name: string; bytes: number; changedAt: string }[] {
  if (!existsSync(dir)) return []
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => {
      const path = join(entry.parentPath, entry.name)
      const found = statSync(path, { throwIfNoEntry: false })
      return found ? [{ name: relative(dir, path), bytes: found.size, changedAt: found.mtime.toISOString() }] : []
    })
    .slice(0, 500)
}

function desktopDir(): string {
  const { env } = process
  if (process.platform === 'win32') return join(env.APPDATA ?? homedir(), 'mtxdeck')
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'mtxdeck')
  return join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'mtxdeck')
}

/** What is asked after `hello`. */
const askedRoutes = {
  store: 'history/store',
  host: 'hosts/local',
  fleet: 'fleet',
  troubles: 'troubles?limit=500',
  hosts: 'hosts',
  servers: 'servers',
}

/** Queries the console that runs with this configuration, if there is one. */
async function askConsole(config: HeadlessConfig): Promise<unknown> {
  try {
    const addressFile = consoleAddressFile(config.dataDir)
    if (!existsSync(addressFile)) return { running: false, why: 'no console runs on this data folder' }
    const { url } = JSON.parse(readFileSync(addressFile, 'utf8')) as { readonly url: string }
    const token = tokenOf(config)
    if (token === null) return { running: false, why: 'there is no token file yet' }
    const headers = { Authorization: `Bearer ${token}` }
    // Its certificate is its own, and the name in it is rarely that of loopback.
    const dispatcher = new Agent({ connect: config.tls === null ? {} : { ca: readFileSync(config.tls.certFile), checkServerIdentity: () => undefined } })
    const ask = async (path: string): Promise<unknown> => {
      using limit = timeLimit(clock, askLimitMs)
      return await (await fetch(`${url}/api/${path}`, { headers, dispatcher, redirect: 'error', signal: limit.signal })).json()
    }
    const answers: Record<string, unknown> = { hello: await ask('hello') }
    for (const [name, path] of Object.entries(askedRoutes)) answers[name] = await ask(path).catch((error: unknown) => ({ error: wordsOf(error) }))
    return { running: true, ...answers }
  } catch (error) {
    return { running: false, why: wordsOf(error) }
  }
}

function logFilesIn(dir: string): string[] {
  if (!existsSync(dir)) return []
  return readdirSync(dir)
    .filter((name) => name.endsWith('.log'))
    .map((name) => join(dir, name))
    .sort((a, b) => statSync(a).mtimeMs - statSync(b).mtimeMs)
}

/** Of all kept log files the last lines that say that a process of ours broke, and the last lines of the newest two. */
function logsIn(dir: string): { readonly crashes: string[]; readonly log: string[] } {
  const files = logFilesIn(dir)
  const crashes: string[] = []
  let tail = ''
  for (const [index, file] of files.entries()) {
    const text = readFileSync(file, 'utf8')
    crashes.push(...text.split('\n').filter((line) => line.includes(' broke and ends')))
    if (index >= files.length - 2) tail += text.slice(-tailBytes)
  }
  return {
    crashes: crashes.slice(-5).map((line) => redactText(line).slice(0, longestCrash)),
    log: redactText(tail.slice(-tailBytes)).split('\n').filter(Boolean),
  }
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : ''
  return redactText(`${error.message}${cause}`)
}
