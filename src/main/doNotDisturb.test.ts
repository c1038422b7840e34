import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { readDoNotDisturb } from './doNotDisturb.ts'

const folders: string[] = []
afterEach(() => {
  vi.unstubAllEnvs()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** A desktop whose commands print this; those left out are not installed. */
function onDesktop(says: Readonly<Record<string, string>>): Promise<boolean | null> {
  const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-quiet-'))
  folders.push(folder)
  for (const [name, line] of Object.entries(says)) {
    writeFileSync(join(folder, name), `#!/bin/sh\necho '${line}'\n`)
    chmodSync(join(folder, name), 0o755)
  }
  vi.stubEnv('PATH', folder)
  return readDoNotDisturb()
}

test.runIf(process.platform === 'linux')('do-not-disturb is known where the desktop tells it, and else not known', async () => {
  expect(await onDesktop({ gsettings: 'false' })).toBe(true)
  expect(await onDesktop({ gsettings: 'true' })).toBe(false)
  expect(await onDesktop({ busctl: 'b true', gsettings: 'true' })).toBe(true)
  expect(await onDesktop({ busctl: 'b false' })).toBe(false)
  expect(await onDesktop({ gsettings: 'No such schema' })).toBeNull()
  expect(await onDesktop({})).toBeNull()
})
