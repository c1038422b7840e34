import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSystemClock, TimeLimitError, timeLimit } from '../../clock/clock.ts'
import { createForcedCommands } from './forcedCommand.ts'
import { createKeyPair, createTestSshd, hasSshd, type TestSshd } from './testSshd.fixture.ts'

const never = new AbortController().signal

describe.skipIf(!hasSshd)('a forced command, on a real sshd', () => {
  let sshd: TestSshd
  const clock = createSystemClock()
  const run = createForcedCommands(clock)
  beforeAll(async () => {
    sshd = await createTestSshd()
  })
  afterAll(() => sshd?.[Symbol.asyncDispose]())
  /** A key that runs a script, whatever is asked for. */
  const routeTo = (name: string, script: string) => {
    const file = join(sshd.folder, `${name}.sh`)
    writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    const key = createKeyPair(sshd.folder, name)
    sshd.authorize(key, `restrict,command="${file}"`)
    const auth = { kind: 'key', key: null, keyFile: key.file, passphrase: null } as const
    return { target: sshd.target, jump: [], auth, knownHostsFiles: [sshd.knownHostsFile], accepted: () => [] }
  }

  it('runs what the host has for the key, which learns what was asked for, and tells how it ended', async () => {
    const asked = join(sshd.folder, 'asked')
    const route = routeTo('well', `echo "$SSH_ORIGINAL_COMMAND" > ${asked}; echo first; printf 'restarted encoder 4\\n'`)
    expect(await run(route, 'mtxdeck-remedy streamStalled cam1', never)).toEqual({ ok: true, value: { code: 0, said: 'restarted encoder 4' } })
    expect(readFileSync(asked, 'utf8')).toBe('mtxdeck-remedy streamStalled cam1\n')
  })
  it('tells the exit code and the last line of a command that fails', async () => {
    const route = routeTo('ill', "printf '\\033[31mno such encoder\\033[0m\\n' >&2; exit 3")
    expect(await run(route, 'x', never)).toEqual({ ok: true, value: { code: 3, said: 'no such encoder' } })
  })
  it('keeps the end of what a command writes without end, and gives up one that does not end', async () => {
    // As fast as a quick machine writes, the connection is ended for the packets it takes.
    const route = routeTo('endless', 'while yes a line that comes again and again | head -c 100000; do sleep 0.05; done')
    using limit = timeLimit(clock, 1_000)
    await expect(run(route, 'x', limit.signal)).rejects.toBeInstanceOf(TimeLimitError)
  })
  it('says why it can not sign in', async () => {
    const stranger = createKeyPair(sshd.folder, 'stranger')
    const route = { ...routeTo('other', 'true'), auth: { kind: 'key', key: null, keyFile: stranger.file, passphrase: null } as const }
    expect(await run(route, 'x', never)).toMatchObject({ ok: false, error: { kind: 'authRefused' } })
  })
})
