type Fields = Readonly<Record<string, unknown>>

const listOf = (value: unknown): readonly Fields[] =>
  Array.isArray(value) ? value.filter((item): item is Fields => typeof item === 'object' && item !== null) : []

/**
 * Whether a configuration lets only some addresses use the API without a password. That we are let in does not show then that everyone is. false: all
 * are, nobody is, or it does not say.
 */
export function isForSomeAddresses({ authMethod = 'internal', authInternalUsers }: Fields): boolean {
  const free = listOf(authInternalUsers).filter(({ user, permissions }) => user === 'any' && listOf(permissions).some(({ action }) => action === 'api'))
  return authMethod === 'internal' && free.length > 0 && free.every(({ ips }) => Array.isArray(ips) && ips.length > 0)
}
