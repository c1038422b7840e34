import type { TFunction } from 'i18next'
import { z } from 'zod'
import {
  type Account,
  type AccountInput,
  accountInputSchema,
  consoleSchema,
  type NamedTokenInput,
  namedTokenInputSchema,
  passwordLimits,
  passwordSchema,
} from '../../shared/accounts.ts'
import { roleSchema } from '../../shared/permissions.ts'
import { err, type Result } from '../../shared/result.ts'
import { zoneOf } from '../../shared/units.ts'
import { type FormField, listEntered, readEntries, textEntered, type Wrong } from '../app/editing/fields.ts'
import { readTypedMoment } from '../app/typedMoment.ts'

interface RightsEntries {
  readonly role: string
  /** Empty: as usual for the role. */
  readonly console: string
  /** `yes`: to the cameras of these projects and with these tags. */
  readonly limited: string
  readonly projects: string
  readonly tags: string
}
export interface PasswordEntries {
  readonly password: string
  readonly repeat: string
}
interface AccountEntries extends RightsEntries, PasswordEntries {
  readonly name: string
  readonly fullName: string
  readonly groups: string
  readonly disabled: string
}
interface TokenEntries extends RightsEntries {
  readonly name: string
  readonly expiresAt: string
}

const isAdministrator = ({ role }: RightsEntries) => role === 'administrator'
const isLimited = (entered: RightsEntries) => !isAdministrator(entered) && entered.limited !== ''

const nameField = { id: 'name', kind: 'text', label: 'common.name', half: true, input: { maxLength: 60 } } as const
const rightsFields: readonly FormField<RightsEntries, unknown>[] = [
  {
    id: 'role',
    kind: 'choice',
    label: 'people.role',
    help: (t, { role }) => t(`people.roleMeans.${roleSchema.parse(role)}`),
    options: roleSchema.options.map((value) => ({ value, label: `people.roles.${value}` })),
  },
  {
    id: 'console',
    kind: 'choice',
    label: 'people.console',
    help: 'people.form.consoleHint',
    options: [
      { value: '', label: 'people.form.usualConsole' },
      ...consoleSchema.exclude(['administer']).options.map((value) => ({ value, label: `people.consoles.${value}` }) as const),
    ],
    shown: (entered) => !isAdministrator(entered) && !isLimited(entered),
  },
  { id: 'limited', kind: 'tick', label: 'people.form.limited', help: 'people.form.limitedHint', shown: (entered) => !isAdministrator(entered) },
  { id: 'projects', kind: 'text', label: 'people.form.projects', shown: isLimited, half: true },
  { id: 'tags', kind: 'text', label: 'common.tags', help: 'people.form.commas', shown: isLimited, half: true },
]
const noRights: RightsEntries = { role: 'user', console: '', limited: '', projects: '', tags: '' }

function entriesOfRights({ role, console: access, limit }: Pick<Account, 'role' | 'console' | 'limit'>): RightsEntries {
  const { projects = [], tags = [] } = limit ?? {}
  return { role, console: role === 'administrator' ? '' : access, limited: limit === null ? '' : 'yes', projects: projects.join(', '), tags: tags.join(', ') }
}
function readRights(entered: RightsEntries) {
  const usual = isAdministrator(entered) || isLimited(entered) || entered.console === ''
  return {
    role: entered.role,
    ...(!usual && { console: entered.console }),
    limit: isLimited(entered) ? { projects: listEntered(entered.projects), tags: listEntered(entered.tags) } : null,
  }
}

export function limitText({ limit }: Pick<Account, 'limit'>): string {
  return [...(limit?.projects ?? []), ...(limit?.tags ?? [])].join(', ')
}

/** A password that is typed twice, because it can't be read. */
export function passwordFieldsOf(help: (t: TFunction) => string) {
  return [
    { id: 'password', kind: 'secret', label: 'common.password', help, half: true },
    {
      id: 'repeat',
      kind: 'secret',
      label: 'people.form.repeat',
      refuse: ({ password, repeat }: PasswordEntries) => (password === repeat ? null : 'people.form.repeatWrong'),
      half: true,
    },
  ] as const
}
export const passwordFields: readonly FormField<PasswordEntries, unknown>[] = passwordFieldsOf((t) =>
  t('people.form.passwordHint', { least: String(passwordLimits[0]) }),
)
export const noPassword: PasswordEntries = { password: '', repeat: '' }

export type AccountForm = 'first' | 'new' | 'stored'
/** The fields of an account. The first one is an administrator, and has a password as every new one. */
export function accountFields(form: AccountForm): readonly FormField<AccountEntries, unknown>[] {
  return [
    { ...nameField, help: 'people.form.nameHint' },
    { id: 'fullName', kind: 'text', label: 'people.fullName', half: true, input: { maxLength: 100 } },
    ...(form === 'stored' ? [] : passwordFields),
    ...(form === 'first' ? [] : ([...rightsFields, { id: 'groups', kind: 'text', label: 'people.groups', help: 'people.form.groupsHint' }] as const)),
    ...(form === 'stored' ? [{ id: 'disabled', kind: 'tick', label: 'people.form.disabled', help: 'people.form.disabledHint' } as const] : []),
  ]
}

/** null: a new one. */
export function accountEntries(account: Account | null, form: AccountForm): AccountEntries {
  const { name = '', fullName = '', groups = [], disabled = false } = account ?? {}
  const rights = account === null ? { ...noRights, role: form === 'first' ? 'administrator' : 'user' } : entriesOfRights(account)
  return { ...rights, ...noPassword, name, fullName, groups: groups.join(', '), disabled: disabled ? 'yes' : '' }
}

const inputOf = (entered: AccountEntries) => ({
  name: entered.name,
  fullName: entered.fullName,
  ...readRights(entered),
  groups: listEntered(entered.groups),
  disabled: entered.disabled !== '',
})
const newAccountSchema = z.object({ account: accountInputSchema, password: passwordSchema })
export function readNewAccount(entered: AccountEntries, form: AccountForm): Result<z.infer<typeof newAccountSchema>, Wrong> {
  return readEntries(accountFields(form), newAccountSchema, { account: inputOf(entered), password: entered.password }, entered, null)
}
export function readAccount(entered: AccountEntries): Result<AccountInput, Wrong> {
  return readEntries(accountFields('stored'), accountInputSchema, inputOf(entered), entered, null)
}

export const tokenFields: readonly FormField<TokenEntries, unknown>[] = [
  nameField,
  { id: 'expiresAt', kind: 'text', label: 'people.tokens.expiresAt', help: 'people.form.expiresHint', placeholder: '2027-12-31', half: true },
  ...rightsFields,
]
export const noToken: TokenEntries = { ...noRights, name: '', expiresAt: '' }
export function readToken(entered: TokenEntries, now: number): Result<NamedTokenInput, Wrong> {
  const typed = textEntered(entered.expiresAt)
  const expiresAt = typed === null ? null : readTypedMoment(typed, zoneOf(), now, { earliest: now })
  const read = readEntries(tokenFields, namedTokenInputSchema, { name: entered.name, ...readRights(entered), expiresAt }, entered, null)
  const isPast = typed !== null && (expiresAt === null || expiresAt <= now)
  return isPast ? err({ ...(read.ok ? {} : read.error), expiresAt: 'people.form.expiresWrong' }) : read
}
