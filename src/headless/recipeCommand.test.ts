import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, afterEach, expect, it, vi } from 'vitest'
import { authorizedKeysLine, authorizedKeysLineOfFile, authorizedKeysLineOfJumpHost } from '../shared/hostRecipe.ts'
import { commandWords, failureText } from '../shared/words/commandText.ts'
import { addRecipeCommand } from './recipeCommand.ts'

const dir = mkdtempSync(join(tmpdir(), 'mtxdeck-recipe-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
afterEach(() => void vi.restoreAllMocks())
function write(name: string, text: string) {
  writeFileSync(join(dir, name), text)
  return join(dir, name)
}
const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH7HdTmmDk7nRHjg noc@desk'

/** What the command prints, or why it fails. */
function run(...args: string[]): string {
  let printed = ''
  vi.spyOn(console, 'log').mockImplementation((line) => {
    printed += `${line}\n`
  })
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text)
    return true
  })
  const program = new Command()
  addRecipeCommand(program, commandWords.help, (failure) => {
    throw new Error(failureText(failure))
  })
  try {
    program.parse(['recipe', ...args], { from: 'user' })
  } catch (error) {
    printed += `failed: ${error instanceof Error ? error.message : error}`
  }
  vi.restoreAllMocks()
  return printed
}

it('prints the lines of the recipe for a key', () => {
  const key = write('id.pub', `${publicKey}\n`)
  expect(run('--key', key)).toBe(`${authorizedKeysLine(publicKey)}\n`)
  expect(run('--key', key, '--installed')).toBe(`${authorizedKeysLineOfFile(publicKey)}\n`)
  expect(run('--key', key, '--jump-to', '10.0.0.5:22', '[fd00::5]:2222')).toBe(
    `${authorizedKeysLineOfJumpHost(['10.0.0.5:22', '[fd00::5]:2222'], publicKey)}\n`,
  )
})

it('prints the script as a file that can be run', () => {
  expect(run('--script')).toMatch(/^#!\/bin\/sh\n#[^\n]*\nLC_ALL=C;[\s\S]*\ndone\n$/)
})

it('shows nothing of a private key that was named by mistake, and takes no other targets than addresses', () => {
  const secret = write('id', '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAAsecret\n-----END OPENSSH PRIVATE KEY-----\n')
  expect(run('--key', secret)).toMatch(/^failed: .*is not the public half/)
  expect(run('--key', secret)).not.toContain('secret\n')
  expect(run('--key', join(dir, 'none.pub'))).toMatch(/^failed: Can't read .*ENOENT/)
  expect(run()).toMatch(/^failed: Name the public half/)
  expect(run('--key', write('ok.pub', publicKey), '--jump-to', 'x",command="sh')).toMatch(/^failed: .*not of the form/)
})
