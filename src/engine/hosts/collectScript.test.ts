import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, symlinkSync } from 'node:fs'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { cpus, hostname, loadavg, tmpdir, totalmem, uptime, userInfo } from 'node:os'
import { delimiter, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { collectScript } from '../../shared/collectScript.ts'
import { authorizedKeysLine } from '../../shared/hostRecipe.ts'
import { parseHostCheck } from './hostCheck.ts'
import { collectLimits } from './hostCollector.ts'
import { HostRates } from './hostRates.ts'
import { parseHost, parseProcesses, type RawHost } from './parseHost.ts'

const linux = process.platform === 'linux'
const found = (name: string) =>
  [...(process.env.PATH ?? '').split(delimiter), '/bin', '/usr/bin'].map((dir) => join(dir, name)).find((path) => existsSync(path))
const shells = [
  { name: 'sh', command: found('sh'), args: ['-c', collectScript] },
  { name: 'dash', command: found('dash'), args: ['-c', collectScript] },
  { name: 'bash', command: found('bash'), args: ['-c', collectScript] },
  { name: 'BusyBox', command: found('busybox'), args: ['sh', '-c', collectScript] },
] as const

const parsed = (answer: string): RawHost => {
  const raw = parseHost(answer)
  if (raw === null) throw new Error(answer)
  return raw
}

/** The script in a shell of this machine; `ask` resolves with an answer without its END. */
function open(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
  const child: ChildProcessWithoutNullStreams = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] })
  let text = ''
  let told: () => void = () => {}
  const errors: string[] = []
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    told()
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => errors.push(chunk))
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  let count = 0
  return {
    pid: child.pid,
    errors,
    ended,
    ask: async (question: string): Promise<string> => {
      const end = `== END id-${++count}\n`
      child.stdin.write(`${question} id-${count}\n`)
      while (!text.includes(end)) {
        const more = new Promise<void>((resolve) => {
          told = resolve
        })
        const gone = await Promise.race([more.then(() => false), ended.then(() => true)])
        if (gone && !text.includes(end)) throw new Error(`It ended: ${errors.join('')}`)
      }
      const [answer = '', ...rest] = text.split(end)
      text = rest.join(end)
      return answer
    },
    end: () => child.stdin.end(),
    [Symbol.asyncDispose]: async () => {
      child.stdin.end()
      await ended
    },
  }
}

/** A PATH of BusyBox' applets alone, so that none of the GNU tools helps it. */
function appletsOf(busybox: string) {
  const dir = mkdtempSync(join(tmpdir(), 'applets-'))
  for (const applet of ['sh', 'grep', 'cat', 'df', 'date', 'uname', 'timeout', 'sleep', 'cut', 'tr', 'ls', 'printf', 'wget', 'true', 'head', 'sort'])
    symlinkSync(busybox, join(dir, applet))
  return dir
}

describe.each(shells)('in $name', ({ name, command, args }) => {
  const missing = command === undefined || !linux
  const title = command === undefined ? ` (skipped: there is no ${name} here)` : ''

  test.skipIf(missing)(`it names listeners, and passes on nothing but lines of a log${title}`, async () => {
    await using shell = open(command ?? '', args)
    await using listener = createTcpServer()
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
    const { port } = listener.address() as AddressInfo
    const check = parseHostCheck(await shell.ask('l'))
    expect(check?.listeners).toContainEqual({ protocol: 'tcp', port, isLoopback: true, user: userInfo().username })
    for (const { lines } of check?.logs ?? []) for (const line of lines) expect(line).toMatch(/^(?:\d{4}\/|\{"timestamp"|ERR: )/)
    // The next question is answered as if nothing had been.
    expect(parsed(await shell.ask('f')).uptimeSeconds).toBeGreaterThan(0)
  })

  test.skipIf(missing)(`it reports what node reports of this machine${title}`, async () => {
    const dir = name === 'BusyBox' && command ? appletsOf(command) : null
    await using shell = open(command ?? '', args, dir === null ? process.env : { PATH: dir })
    const rates = new HostRates()
    const askedAtMs = Date.now()
    const text = await shell.ask('fs')
    rates.take(parsed(text), { askedAtMs, answeredAtMs: Date.now() })
    const first = rates.figures()
    expect(parsed(text).bootId).toBe(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim())
    expect(text.startsWith('== system Linux\n== first\n')).toBe(true)
    expect(text.length).toBeLessThan(collectLimits.fs.maxBytes)
    expect(first.hostname).toBe(hostname())
    expect(first.memoryTotalBytes).toBe(totalmem())
    expect(first.cores).toBe(cpus().length)
    expect(first.kernel).toMatch(/^Linux \d/)
    expect(Math.abs((first.uptimeSeconds ?? 0) - uptime())).toBeLessThan(600)
    // The same clock: off by half of what passed between question and answer at most, and by the second in which it was told.
    expect(Math.abs(first.clockSkewMs ?? Number.NaN)).toBeLessThanOrEqual((Date.now() - askedAtMs) / 2 + 1000)
    expect(first.memoryUsedBytes).toBeGreaterThan(0)
    expect(first.memoryUsedBytes).toBeLessThan(totalmem())
    expect(first.load1).toBeGreaterThanOrEqual(0)
    expect(loadavg()).toHaveLength(3)
    const root = first.disks.find((disk) => disk.mount === '/')
    if (root) {
      const stat = statfsSync('/')
      expect(root.sizeBytes).toBe(stat.blocks * stat.bsize)
    }
    rates.take(parsed(await shell.ask('f')), { askedAtMs, answeredAtMs: Date.now() })
    const second = rates.figures()
    expect(second.perCorePercent.length).toBeGreaterThanOrEqual(cpus().length)
    // What is not asked anew stands.
    expect(second.disks.map((disk) => disk.mount)).toEqual(first.disks.map((disk) => disk.mount))
    expect(shell.errors.join('')).toBe('')
    if (dir !== null) rmSync(dir, { recursive: true })
  })

  test.skipIf(missing)(`it ends with its input, and leaves nothing behind${title}`, async () => {
    const dir = mkdtempSync(join(tmpdir(), 'collect-'))
    const shell = open(command ?? '', args, { ...process.env, TMPDIR: dir, HOME: dir })
    await shell.ask('fs')
    shell.end()
    expect(await shell.ended).toBe(0)
    expect(readdirSync(dir)).toEqual([])
    rmSync(dir, { recursive: true })
    // Nobody has this shell as parent any more.
    const orphans = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && parentOf(pid) === shell.pid)
    expect(orphans).toEqual([])
  })

  test.skipIf(missing)(`lines that it does not understand are answered with an end and nothing else${title}`, async () => {
    await using shell = open(command ?? '', args)
    // What stands in a question is never run.
    expect(await shell.ask('$(exit)')).toBe('== system Linux\n')
    expect(await shell.ask('x')).toBe('== system Linux\n')
    expect(parsed(await shell.ask('f')).uptimeSeconds).toBeGreaterThan(0)
  })
})

describe.skipIf(!linux)('the media server on Linux', () => {
  /** A process of that name: /proc tells the name of the file it was started from. */
  const startNamed = (dir: string, file: string) => {
    const path = join(dir, file)
    if (!existsSync(path)) copyFileSync(found('sleep') ?? '', path)
    const child = spawn(path, ['60'], { stdio: 'ignore' })
    const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
    return {
      pid: child.pid,
      end: async () => {
        child.kill('SIGKILL')
        await ended
      },
    }
  }
  // A name of its own, since other media servers may run here, and come and go.
  const name = `mtx-${process.pid}`
  const script = collectScript.replace('mediamtx.*', name)

  test('is found by its name, followed to its next process, and is none when it ended', async () => {
    expect(script).not.toBe(collectScript)
    const dir = mkdtempSync(join(tmpdir(), 'media-'))
    await using shell = open('sh', ['-c', script])
    const rates = new HostRates()
    const ask = async (question: string) => {
      rates.take(parsed(await shell.ask(question)), { askedAtMs: 0, answeredAtMs: 0 })
      return rates.figures().mediaProcesses[0]
    }
    expect(await ask('fs')).toBeUndefined()
    const one = startNamed(dir, name)
    const first = await ask('fs')
    expect(first).toMatchObject({ pid: one.pid, threads: 1 })
    expect(first?.openFiles).toBeGreaterThan(0)
    expect(first?.openFilesLimit).toBeGreaterThan(0)
    expect(first?.memoryBytes).toBeGreaterThan(0)
    await one.end()
    expect(await ask('f')).toBeUndefined()
    // Looked for in the fast ticks after it was lost.
    const two = startNamed(dir, name)
    expect(await ask('f')).toMatchObject({ pid: two.pid })
    await two.end()
    rmSync(dir, { recursive: true })
  })
})

test.skipIf(!linux)('the busiest processes are listed with their owners', async () => {
  await using shell = open('sh', ['-c', collectScript])
  const processes = parseProcesses(await shell.ask('p'))
  expect(processes.length).toBeGreaterThan(0)
  expect(processes.length).toBeLessThanOrEqual(20)
  for (const process of processes) expect(process.user).not.toBeNull()
  const used = processes.map((process) => process.cpuPercent ?? -1)
  expect(used).toEqual(used.toSorted((one, other) => other - one))
})

test('the script has no line that a comment could swallow, and prints with points', () => {
  expect(collectScript).not.toMatch(/(^|\n)#/)
  expect(collectScript.startsWith('LC_ALL=C')).toBe(true)
  // OpenSSH up to 7.6 reads 16,384 characters of a line of authorized_keys.
  expect(authorizedKeysLine(`ssh-rsa ${'A'.repeat(750)} noc@console`).length).toBeLessThan(16_384)
})

function parentOf(pid: string): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return null
  }
}
