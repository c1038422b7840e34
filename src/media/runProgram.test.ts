import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findSandbox, launchers } from '../processes/sandbox.ts'
import { runProgram, sandboxPrograms } from './runProgram.ts'

const available = await Promise.all(launchers.map(findSandbox))

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

describe.each(launchers.map((launcher, place) => ({ launcher, isHere: available[place] !== null })))(
  'a program in a sandbox by $launcher',
  ({ launcher, isHere }) => {
    beforeAll(async () => {
      if (isHere) expect(await sandboxPrograms(launcher)).toBe(launcher)
    })

    test.runIf(isHere)('reads no file of this user, and what it is given on its standard input', async () => {
      expect(await read(secret)).toBe('')
      const { stdout, exitCode } = await runProgram('/bin/cat', [], { input: 'a list', maxBytes: 4_096 })
      expect([stdout.toString(), exitCode]).toEqual(['a list', 0])
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
  },
)
