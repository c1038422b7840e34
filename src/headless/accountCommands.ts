import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openPeople } from '../engine/accounts/accounts.ts'
import { newPassword } from '../engine/accounts/credentials.ts'
import { unreadableInMain } from '../engine/mainContent.ts'
import { createSecretBox } from '../engine/servers/secretBox.ts'
import { lockDataDir } from '../engine/storage/lockDataDir.ts'
import { mainMigrations } from '../engine/storage/mainMigrations.ts'
import { openMain } from '../engine/storage/openMain.ts'
import { validationErrorText } from '../i18n/validationErrorText.ts'
import { accountInputSchema } from '../shared/accounts.ts'
import { validationErrorOf } from '../shared/validationErrors.ts'
import { readSecretsKey } from './accessToken.ts'
import { bugsOnlyLog, clock, configure, type DataFlags, exitCodes, fail, print } from './command.ts'

/** The accounts of a data folder that no console uses: its engine has them in memory. */
function openAccounts(flags: DataFlags) {
  const { dataDir } = configure(flags)
  if (!existsSync(join(dataDir, 'main.db'))) fail(`There is no console's data in ${dataDir}. Name its folder with --data-dir.`, exitCodes.usage)
  using stack = new DisposableStack()
  const lock = lockDataDir({ clock, dataDir })
  if (!lock.ok)
    return fail(
      lock.error.kind === 'dataDirInUse'
        ? `A console is running on ${dataDir}. Stop it first, or change the account in it: Settings, People.`
        : `${dataDir} cannot be written: ${lock.error.words}`,
    )
  stack.use(lock.value)
  const main = openMain({ clock, log: bugsOnlyLog, dataDir, migrations: mainMigrations, unreadable: unreadableInMain })
  if (!main.ok) return fail(main.error.words)
  stack.defer(() => void main.value.db.close())
  const { key } = readSecretsKey(dataDir)
  const people = stack.use(openPeople({ clock, log: bugsOnlyLog, db: main.value.db, box: key === null ? null : createSecretBox(key) }))
  print(`Opened the accounts in ${dataDir}.`)
  const opened = stack.move()
  return { ...people, [Symbol.dispose]: () => opened.dispose() }
}

const commandLine = { by: 'command line', byId: null, from: null } as const

export async function resetAccount(name: string, flags: DataFlags) {
  using people = openAccounts(flags)
  const id = people.accounts.idOf(name)
  if (id === null) {
    const names = people.accounts.list().map((account) => account.name)
    return fail(
      names.length === 0 ? 'There are no accounts yet: add one with "mtxdeck account add".' : `There is no account "${name}". There are: ${names.join(', ')}.`,
    )
  }
  const password = newPassword()
  await people.accounts.setPassword(id, password, { removeTotp: true, enable: true })
  people.removeOtherWays(id)
  people.audit.record({ ...commandLine, action: 'reset', what: 'account', of: { id, name: people.accounts.nameOf(id) ?? name } })
  print(`New password of ${people.accounts.nameOf(id)}, shown this once: ${password}`)
  print('The account is enabled, and all its sessions have ended. This password is the only way in: codes, passkeys and a sign-in provider are removed.')
}

export async function addAccount(name: string, { administrator = false, ...flags }: DataFlags & { readonly administrator?: boolean }) {
  const input = accountInputSchema.safeParse({ name, role: administrator ? 'administrator' : 'user' })
  if (!input.success) {
    const [issue] = input.error.issues
    return fail(`${name}: ${issue === undefined ? '' : validationErrorText(validationErrorOf(issue), 'en')}`, exitCodes.usage)
  }
  using people = openAccounts(flags)
  const password = newPassword()
  const added = await people.accounts.add(input.data, password)
  if (!added.ok) return fail(whyNotAdded[added.error])
  people.audit.record({ ...commandLine, action: 'call', what: 'accounts.add', of: { id: added.value.id, name: added.value.name, role: added.value.role } })
  print(`Added ${added.value.name} as ${added.value.role}. Password, shown this once: ${password}`)
}

const whyNotAdded = {
  NAME_TAKEN: 'There is an account of this name: choose another, or give it a new password with "mtxdeck account reset".',
  TOO_MANY: 'There are too many accounts: remove some first.',
  FIRST: 'The first account has to be an administrator: add --administrator.',
  BUSY: 'Too many passwords are being hashed. Try again.',
} as const

export async function unlockDesktop(flags: DataFlags) {
  using people = openAccounts(flags)
  if (!people.deskLock.remove()) return fail('The desktop of this data folder has no lock.')
  people.audit.record({ ...commandLine, action: 'reset', what: 'desktop lock', of: {} })
  print('The lock was removed: the desktop starts open. Set a new one in Settings, Display.')
}
