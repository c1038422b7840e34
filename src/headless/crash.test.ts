import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { exitCodes } from './command.ts'

test('what breaks the console is told with its stack, without secrets', { timeout: 60_000 }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'mtxdeck-crash-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const at = (path: string) => JSON.stringify(new URL(path, import.meta.url).href)
  const program = `
    import { createSystemClock } from ${at('../clock/clock.ts')}
    import { readConfig } from ${at('../configuration/config.ts')}
    import { runConsole } from ${at('runConsole.ts')}
    const flags = { dataDir: ${JSON.stringify(dir)}, listen: '0' }
    const config = readConfig({ file: null, env: {}, flags, cwd: flags.dataDir, readText: () => '' })
    const running = await runConsole(config.value, createSystemClock())
    const auth = { password: { is: 'hunter-one' }, token: 'hunter-two\\nhunter-three' }
    setTimeout(() => { throw Object.assign(new TypeError('all is lost'), { auth, kept: new Map([['password', 'hunter-four']]) }) })`
  writeFileSync(join(dir, 'program.mjs'), program)
  const { status, stderr } = spawnSync(process.execPath, [join(dir, 'program.mjs')], { encoding: 'utf8' })
  expect(stderr).toMatch(/TypeError: all is lost.* {4}at .*mtxdeck broke and ends/s)
  expect(stderr).not.toContain('hunter')
  expect(status).toBe(exitCodes.crash)
})
