import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { authorizedKeysLine, authorizedKeysLineOfFile, authorizedKeysLineOfJumpHost } from '../shared/hostRecipe.ts'
import { runCommand } from './runCommand.fixture.ts'

const dir = mkdtempSync(join(tmpdir(), 'mtxdeck-recipe-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
function write(name: string, text: string) {
  writeFileSync(join(dir, name), text)
  return join(dir, name)
}
const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH7HdTmmDk7nRHjg noc@desk'

const run = (...args: readonly string[]) => runCommand({ dir, token: '' }, ['recipe', ...args])

it('prints the lines of the recipe for a key', async () => {
  const key = write('id.pub', `${publicKey}\n`)
  expect(await run('--key', key)).toBe(`${authorizedKeysLine(publicKey)}\n`)
  expect(await run('--key', key, '--installed')).toBe(`${authorizedKeysLineOfFile(publicKey)}\n`)
  expect(await run('--key', key, '--jump-to', '10.0.0.5:22', '[fd00::5]:2222')).toBe(
    `${authorizedKeysLineOfJumpHost(['10.0.0.5:22', '[fd00::5]:2222'], publicKey)}\n`,
  )
})

it('prints the script as a file that can be run', async () => {
  expect(await run('--script')).toMatch(/^#!\/bin\/sh\n#[^\n]*\nLC_ALL=C;[\s\S]*\ndone\n$/)
})

it('shows nothing of a private key that was named by mistake, and takes no other targets than addresses', async () => {
  const secret = write('id', '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAAsecret\n-----END OPENSSH PRIVATE KEY-----\n')
  expect(await run('--key', secret)).toMatch(/^failed 64: .*is not the public half/)
  expect(await run('--key', secret)).not.toContain('secret\n')
  expect(await run('--key', join(dir, 'none.pub'))).toMatch(/^failed 64: Can't read .*ENOENT/)
  expect(await run()).toMatch(/^failed 64: Name the public half/)
  expect(await run('--key', write('ok.pub', publicKey), '--jump-to', 'x",command="sh')).toMatch(/^failed 64: .*not of the form/)
})
