import { useTranslation } from 'react-i18next'
import type { StreamRow } from './fleetRows.ts'

/** Before a rate of what goes out: it includes what a picture of ours takes, so that it is at most so much. */
export function OursInOut({ rows }: { readonly rows: readonly StreamRow[] }) {
  const { t } = useTranslation()
  if (!rows.some(({ facts }) => facts.outIncludesOurs)) return null
  const words = t('stream.outIncludesOurs')
  return (
    <abbr title={words} aria-label={words} className="mr-1 text-faint no-underline">
      ≤
    </abbr>
  )
}
