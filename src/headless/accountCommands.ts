import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { validationErrorText } from '../i18n/validationErrorText.ts'
import { accountInputSchema } from '../shared/accounts.ts'
import { validationErrorOf } from '../shared/validationErrors.ts'
import { bugsOnlyLog, clock, configure, type DataFlags, exitCodes, fail, ofDataFolder, print } from './command.ts'

/** The accounts of a data folder that no console uses: its engine has them in memory. */
async function openAccounts(flags: DataFlags) {
  const { dataDir } = configure(flags)
  const [{ openPeople }, { unreadableInMain }, { lockDataDir }, { mainMigrations }, { openMain }, { createSecretBox }, { readSecretsKey }] = await Promise.all([
    import('../engine/accounts/accounts.ts'),
    import('../engine/mainContent.ts'),
    import('../engine/storage/lockDataDir.ts'),
    import('../engine/storage/mainMigrations.ts'),
    import('../engine/storage/openMain.ts'),
    import('../engine/servers/secretBox.ts'),
    import('./accessToken.ts'),
  ])
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

async function resetAccount(name: string, flags: DataFlags) {
  using people = await openAccounts(flags)
  const { newPassword } = await import('../engine/accounts/credentials.ts')
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

async function addAccount(name: string, { administrator = false, ...flags }: DataFlags & { readonly administrator?: boolean }) {
  const input = accountInputSchema.safeParse({ name, role: administrator ? 'administrator' : 'user' })
  if (!input.success) {
    const [issue] = input.error.issues
    return fail(`${name}: ${issue === undefined ? '' : validationErrorText(validationErrorOf(issue), 'en')}`, exitCodes.usage)
  }
  using people = await openAccounts(flags)
  const { newPassword } = await import('../engine/accounts/credentials.ts')
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

async function unlockDesktop(flags: DataFlags) {
  using people = await openAccounts(flags)
  if (!people.deskLock.remove()) return fail('The desktop of this data folder has no lock.')
  people.audit.record({ ...commandLine, action: 'reset', what: 'desktop lock', of: {} })
  print('The lock was removed: the desktop starts open. Set a new one in Settings, Display.')
}

/** Adds the commands on accounts, for a machine without a window, and for who forgot his password. */
export function addAccountCommands(program: Command): void {
  const account = program.command('account').description('add an account, or give one a new password, while the console does not run')
  const ofAccount = (name: string, description: string) => ofDataFolder(account.command(name).description(description))
  ofAccount('add <name>', 'add an account; its password is printed once')
    .option('--administrator', 'as administrator, which the first account has to be')
    .action(addAccount)
  ofAccount('reset <name>', 'set a new password, which is printed once, enable the account, and remove all other ways to sign in to it').action(resetAccount)
  ofAccount('unlock-desktop', 'remove the lock of the desktop app whose data folder this is').action(unlockDesktop)
}
