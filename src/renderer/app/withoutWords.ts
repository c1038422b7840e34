import type { TFunction } from 'i18next'

/** More names than this are counted. */
const mostNames = 2

/** What a sum lacks, by name where there is room (for so many letters): `without Berlin`; undefined: nothing. */
export const withoutWords = (names: readonly string[], t: TFunction, letters = Number.POSITIVE_INFINITY): string | undefined =>
  names.length === 0
    ? undefined
    : names.length === 1 || (names.length <= mostNames && names.join(', ').length <= letters)
      ? t('overview.withoutNamed', { names: names.join(', ') })
      : t('overview.without', { count: names.length })
