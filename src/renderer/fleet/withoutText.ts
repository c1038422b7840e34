import type { TFunction } from 'i18next'

/** With more names than this, only their number is given. */
const mostNames = 2

/** Says which servers a sum lacks, by name if they fit into `letters`: `without Berlin`; undefined: none. */
export function withoutText(names: readonly string[], t: TFunction, letters = Number.POSITIVE_INFINITY): string | undefined {
  return names.length === 0
    ? undefined
    : names.length === 1 || (names.length <= mostNames && names.join(', ').length <= letters)
      ? t('overview.withoutNamed', { names: names.join(', ') })
      : t('overview.without', { count: names.length })
}
