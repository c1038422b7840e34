import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSystemClock } from '../clock/clock.ts'
import { librariesIn } from '../processes/programFiles.ts'
import { findSandbox } from '../processes/sandbox.ts'
import { createFfmpegCheck } from './ffmpeg.ts'
import { runProgram, sandboxPrograms } from './runProgram.ts'

const isHere = typeof (await findSandbox()) !== 'string'

let folder = ''
let secret = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mtxdeck-program-'))
  secret = join(folder, 'key')
  writeFileSync(secret, 'a private key')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const read = async (path: string) => (await runProgram('/bin/cat', [path], { maxBytes: 4_096 })).stdout.toString()

test('without a sandbox a program reads what this user can', async () => {
  expect(await sandboxPrograms('off')).toBe('off')
  expect(await read(secret)).toBe('a private key')
})

describe('a program in a sandbox', () => {
  beforeAll(async () => {
    if (isHere) expect(await sandboxPrograms(null)).toBe('bwrap')
  })

  test.runIf(isHere)('reads no file of this user, and what it is given on its standard input', async () => {
    expect(await read(secret)).toBe('')
    const { stdout, exitCode } = await runProgram('/bin/cat', [], { input: 'a list', maxBytes: 4_096 })
    expect([stdout.toString(), exitCode]).toEqual(['a list', 0])
  })

  test.runIf(isHere)('that starts files which are not there says so, and is not taken for another one', async () => {
    const [real, wrapper] = [join(folder, 'real'), join(folder, 'ffmpeg')]
    writeFileSync(real, '#!/bin/sh\necho "ffmpeg version 7.1 Copyright"\necho "libavformat    61.  7.100"\n', { mode: 0o755 })
    writeFileSync(wrapper, `#!/bin/sh\nexec ${real} "$@"\n`, { mode: 0o755 })
    expect(await createFfmpegCheck(createSystemClock())(wrapper)).toEqual({ ok: false, error: { kind: 'notInSandbox', path: wrapper } })
  })

  test.runIf(isHere)('sees no process of this machine', async () => {
    const { stdout } = await runProgram('/bin/sh', ['-c', 'echo /proc/[0-9]*/exe'], { maxBytes: 4_096 })
    expect(stdout.toString().trim().split(' ').length).toBeLessThanOrEqual(3)
  })

  test.runIf(isHere)('ends when it is called off, and when it writes too much', async () => {
    const calledOff = new AbortController()
    const sleeping = runProgram('/bin/sh', ['-c', 'echo up; exec sleep 600'], {
      maxBytes: 4_096,
      signal: calledOff.signal,
      onOutput: () => {
        calledOff.abort()
        return null
      },
    })
    expect((await sleeping).exitCode).toBeNull()
    const { isOver } = await runProgram('/bin/sh', ['-c', 'while :; do echo more; done'], { maxBytes: 4_096 })
    expect(isOver).toBe(true)
  })
})

test('libraries of a program are found by what ldd says, and the loader that it wants', () => {
  const said = `	linux-vdso.so.1 (0x00007ffd0a9f2000)
	libavcodec.so.61 => /opt/my libs/libavcodec.so.61 (0x00007f1c2a000000)
	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f1c29e00000)
	/home/linuxbrew/.linuxbrew/lib/ld.so => /lib64/ld-linux-x86-64.so.2 (0x00007f1c2a400000)
	/lib64/ld-linux-x86-64.so.2 (0x00007f1c2a400000)
	libmissing.so => not found
`
  expect(librariesIn(said)).toEqual([
    '/opt/my libs/libavcodec.so.61',
    '/lib/x86_64-linux-gnu/libc.so.6',
    '/home/linuxbrew/.linuxbrew/lib/ld.so',
    '/lib64/ld-linux-x86-64.so.2',
    '/lib64/ld-linux-x86-64.so.2',
  ])
})
