import { useTranslation } from 'react-i18next'
import { formatDuration } from '../../shared/units.ts'
import { useNow } from '../ui/now.ts'

/** For a server that is back: how many streams are still missing, and for how long. */
export function NotBackYet({ streams, since }: { readonly streams: number; readonly since: number }) {
  const { t } = useTranslation()
  return <span className="text-muted">{t('overview.notBackYet', { count: streams, age: formatDuration(useNow() - since) })}</span>
}
