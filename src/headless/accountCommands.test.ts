import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import BetterSqlite3 from 'better-sqlite3'
import { afterAll, expect, test } from 'vitest'
import { soleOperator } from '../shared/permissions.ts'
import { runCommand } from './runCommand.fixture.ts'
import { startTestConsole } from './testConsole.fixture.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'mtxdeck-account-'))
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))
const account = (...args: readonly string[]) => runCommand({ dir: dataDir, token: 'a-token-for-tests-only' }, ['account', ...args])

test('on a machine without a window the first account is added, and one who forgot his password gets a new one', async () => {
  const none = await account('add', 'anna', '--administrator')
  expect(none).toContain(`failed 64: There is no console's data in ${dataDir}`)
  await (await startTestConsole({ dataDir }))[Symbol.asyncDispose]()

  expect(await account('add', 'anna')).toContain('The first account has to be an administrator')
  const added = await account('add', 'anna', '--administrator')
  expect(added).toContain(`Opened the accounts in ${dataDir}.`)
  const first = /shown this once: (\S+)/.exec(added)?.[1] ?? ''
  const other = new BetterSqlite3(join(dataDir, 'main.db'))
  const { id } = other.prepare('SELECT id FROM accounts').get() as { readonly id: string }
  other.prepare("INSERT INTO passkeys VALUES ('p', ?, 'Laptop', x'00', 0, '[]', 0, NULL)").run(id)
  other.prepare("INSERT INTO provider_people VALUES ('https://login.example', 's', ?)").run(id)
  const reset = await account('reset', 'ANNA')
  expect(reset).toContain('This password is the only way in')
  expect(['passkeys', 'provider_people'].map((table) => other.prepare(`SELECT count(*) FROM ${table}`).pluck().get())).toEqual([0, 0])
  other.close()
  const second = /shown this once: (\S+)/.exec(reset)?.[1] ?? ''
  expect(await account('reset', 'bert')).toContain('There is no account "bert". There are: anna.')

  await using deck = await startTestConsole({ dataDir })
  const signIn = async (password: string) =>
    (
      await fetch(`${deck.url}/api/sign-in`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ name: 'anna', password }),
      })
    ).status
  expect([await signIn(first), await signIn(second)]).toEqual([401, 204])
  const running = await account('reset', 'anna')
  expect(running).toContain(`failed 69: A console is running on ${dataDir}. Stop it first`)
  expect(await signIn(second)).toBe(204)
}, 120_000)

test('whoever lost the password of the desktop’s lock has it removed while the app is closed', async () => {
  const atDesk = async () => {
    const deck = await startTestConsole({ dataDir })
    return { client: createRouterClient(deck.engine.router, { context: { operator: soleOperator } }), [Symbol.asyncDispose]: () => deck[Symbol.asyncDispose]() }
  }
  {
    await using desk = await atDesk()
    await desk.client.accounts.setLock({ password: 'night', afterMinutes: null })
  }
  expect(await account('unlock-desktop')).toContain('The lock was removed')
  expect(await account('unlock-desktop')).toContain('The desktop of this data folder has no lock.')
  await using desk = await atDesk()
  expect((await desk.client.accounts.me()).lock).toEqual({ isSet: false, isLocked: false, afterMinutes: null })
}, 120_000)
