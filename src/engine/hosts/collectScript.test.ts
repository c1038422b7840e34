import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { cpus, hostname, loadavg, tmpdir, totalmem, uptime, userInfo } from 'node:os'
import { delimiter, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { collectScript } from '../../shared/collectScript.ts'
import { authorizedKeysLine } from '../../shared/hostRecipe.ts'
import { parseHostCheck } from './hostCheck.ts'
import { createHostRates } from './hostRates.ts'
import { readingAlone } from './mediaChoice.ts'
import { parseHost } from './parseHost.ts'
import { collectLimits } from './remoteHost.ts'

const linux = process.platform === 'linux'
const found = (name: string) =>
  [...(process.env.PATH ?? '').split(delimiter), '/bin', '/usr/bin'].map((dir) => join(dir, name)).find((path) => existsSync(path))
const shells = [
  { name: 'sh', command: found('sh'), args: ['-c', collectScript] },
  { name: 'dash', command: found('dash'), args: ['-c', collectScript] },
  { name: 'bash', command: found('bash'), args: ['-c', collectScript] },
  { name: 'BusyBox', command: found('busybox'), args: ['sh', '-c', collectScript] },
] as const

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
    expect(parseHost(await shell.ask('f')).system).toBe('linux')
  })

  test.skipIf(missing)(`it reports what node reports of this machine${title}`, async () => {
    const dir = name === 'BusyBox' && command ? appletsOf(command) : null
    await using shell = open(command ?? '', args, dir === null ? process.env : { PATH: dir })
    const rates = createHostRates()
    const askedAtMs = Date.now()
    const text = await shell.ask('fs')
    const first = rates.next(parseHost(text), { askedAtMs, answeredAtMs: Date.now(), monotonicMs: Date.now() })
    expect(parseHost(text).bootId).toBe(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim())
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
    const second = rates.next(parseHost(await shell.ask('f')), { askedAtMs, answeredAtMs: Date.now(), monotonicMs: Date.now() })
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
    expect(parseHost(await shell.ask('f')).uptimeSeconds).toBeGreaterThan(0)
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
  const script = collectScript.replace('mediamtx|rtsp-simple-ser', name)

  test('is found by its name, followed to its next process, and is none when it ended', async () => {
    expect(script).not.toBe(collectScript)
    const dir = mkdtempSync(join(tmpdir(), 'media-'))
    await using shell = open('sh', ['-c', script])
    const rates = createHostRates()
    const ask = async (question: string) =>
      readingAlone(rates.next(parseHost(await shell.ask(question)), { askedAtMs: 0, answeredAtMs: 0, monotonicMs: 0 })).mediaServer
    expect(await ask('fs')).toBeNull()
    const one = startNamed(dir, name)
    const first = await ask('fs')
    expect(first).toMatchObject({ pid: one.pid, by: 'name', threads: 1 })
    expect(first?.openFiles).toBeGreaterThan(0)
    expect(first?.openFilesLimit).toBeGreaterThan(0)
    expect(first?.memoryBytes).toBeGreaterThan(0)
    await one.end()
    expect(await ask('f')).toBeNull()
    // Looked for in the fast ticks after it was lost.
    const two = startNamed(dir, name)
    expect(await ask('f')).toMatchObject({ pid: two.pid })
    await two.end()
    rmSync(dir, { recursive: true })
  })

  test('is asked for its goroutines where pprof answers', async () => {
    // What it starts is a stand-in for curl, so that nothing needs to listen on the port of pprof.
    const dir = mkdtempSync(join(tmpdir(), 'pprof-'))
    const server = createServer((_request, response) => response.end('goroutine profile: total 77\n3 @ 0x1\n'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const real = found('curl')
    writeFileSync(join(dir, 'curl'), `#!/bin/sh\nfor last; do :; done\nexec ${real} -s -m 5 "http://127.0.0.1:${port}/\${last#http://127.0.0.1:9999/}"\n`, {
      mode: 0o755,
    })
    mkdirSync(join(dir, 'bin'))
    const media = startNamed(join(dir, 'bin'), name)
    {
      await using shell = open('sh', ['-c', script], { ...process.env, PATH: `${dir}:${process.env.PATH}` })
      const raw = parseHost(await shell.ask('fs'))
      expect(raw.goroutines).toBe(real === undefined ? null : 77)
    }
    await media.end()
    await new Promise((resolve) => server.close(resolve))
    rmSync(dir, { recursive: true })
  })
})

test.skipIf(!linux)('the busiest processes are listed with their owners', async () => {
  await using shell = open('sh', ['-c', collectScript])
  const { processes } = parseHost(await shell.ask('p'))
  expect(processes?.length).toBeGreaterThan(0)
  expect(processes?.length).toBeLessThanOrEqual(20)
  for (const process of processes ?? []) expect(process.user).not.toBeNull()
  const used = (processes ?? []).map((process) => process.cpuPercent ?? -1)
  expect(used).toEqual(used.toSorted((one, other) => other - one))
})

test('the script has no line that a comment could swallow, and prints with points', () => {
  expect(collectScript).not.toMatch(/(^|\n)#/)
  expect(collectScript.startsWith('LC_ALL=C')).toBe(true)
  // OpenSSH up to 7.6 reads 16,384 characters of a line of authorized_keys.
  expect(authorizedKeysLine(`ssh-rsa ${'A'.repeat(750)} noc@console`).length).toBeLessThan(16_384)
})

describe.skipIf(!linux).each([
  {
    system: 'FreeBSD',
    fixture: 'freebsd',
    commands: {
      uname: `case "$1" in -s) echo FreeBSD;; -n) echo fbsd-1;; *) echo FreeBSD 14.1-RELEASE;; esac`,
      sysctl: `case "$*" in *kern.boottime*) section sysctl;; *) echo 'dev.cpu.0.freq: 2000'; section temperatures;; esac`,
      netstat: `case "$*" in *tcp*) echo '	5 packets sent'; section tcp;; *udp*) section udp;; -ibndW) echo 'Name Mtu Network'; section netstat; echo 'vtnet0 - 10.0.0.0/24 10.0.0.9 1 - - 1 1 - 1 - -';; esac`,
      ps: `case "$*" in *args*) echo '/usr/local/bin/mediamtx /etc/mtx.yml';; *axo*) section ps 3;; *-o*) section ps;; esac`,
      pgrep: `test "$*" = '^mediamtx' && echo 812`,
      df: 'section df',
      swapinfo: 'section swap',
      iostat: 'section iostat',
      ifconfig: 'section links',
      'freebsd-version': 'section os',
      procstat: `case "$*" in *-f*) echo '  812 mediamtx text v r r------- - - - /m'; i=0; while [ $i -lt 42 ]; do echo "  812 mediamtx $i s - rw------ 1 0 TCP"; i=$((i+1)); done;; *) section media | grep openfiles;; esac`,
      curl: 'section media | grep goroutine',
      date: 'echo 1795180000',
    },
  },
  {
    system: 'Darwin',
    fixture: 'darwin',
    commands: {
      uname: `case "$1" in -s) echo Darwin;; -n) echo mac-1;; *) echo Darwin 24.1.0;; esac`,
      sysctl: 'section sysctl',
      netstat: `case "$*" in *tcp*) section tcp;; *udp*) section udp;; -ibnd) echo 'Name Mtu Network'; section netstat;; esac`,
      ps: `case "$*" in *args*) echo '/usr/local/bin/mediamtx /etc/mtx.yml';; *) section ps;; esac`,
      pgrep: 'echo 501',
      df: 'section df',
      iostat: 'section cpu',
      ifconfig: 'section links',
      sw_vers: 'section os',
      vm_stat: 'section vm',
      lsof: `echo 'COMMAND PID USER FD TYPE'; echo 'mediamtx 501 noc cwd DIR'; i=0; while [ $i -lt 33 ]; do echo "mediamtx 501 noc \${i}u IPv4"; i=$((i+1)); done`,
      curl: 'section media | grep goroutine',
      zsh: 'echo now 1795180000.300000',
    },
  },
] as const)('what the manual pages of $system say', ({ fixture, commands }) => {
  test('comes through the script as the fixture has it', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'commands-'))
    const file = join(import.meta.dirname, `../../../tests/fixtures/hosts/${fixture}.txt`)
    for (const [name, body] of Object.entries(commands))
      writeFileSync(
        join(dir, name),
        // The first section of that name, or that of another answer.
        `#!/bin/sh\nsection() { awk -v name="$1" -v answer="\${2:-1}" 'BEGIN { n = 1 } /^== END/ { n++ } /^== / { on = (n == answer && $2 == name); next } on' '${file}'; }\n${body}\n`,
        { mode: 0o755 },
      )
    {
      await using shell = open('sh', ['-c', collectScript], { PATH: `${dir}:${process.env.PATH}` })
      const read = parseHost(await shell.ask('fs'))
      const { wall: _wall, mediaDetails, ...expected } = parseHost(readFileSync(file, 'utf8').split('== END 1\n')[0] ?? '')
      expect(read).toMatchObject(expected)
      // The fixture is of a script of before, which told neither of which process it is nor how it was started.
      const who = { pid: read.media?.[0]?.pid, arguments: '/usr/local/bin/mediamtx /etc/mtx.yml' }
      expect(read.mediaDetails).toEqual(mediaDetails?.map((detail) => ({ ...detail, ...who })))
      expect(read.wall?.firstMs).toBe(fixture === 'darwin' ? 1_795_180_000_300 : 1_795_180_000_000)
      if (fixture === 'freebsd') expect(parseHost(await shell.ask('p')).processes?.map((process) => process.pid)).toEqual([812, 999, 1])
    }
    rmSync(dir, { recursive: true })
  })
})

function parentOf(pid: string): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return null
  }
}
