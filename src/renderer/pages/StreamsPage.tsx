import { useTranslation } from 'react-i18next'
import { StreamList } from './StreamList.tsx'

/** Every stream of every server, in one table. */
export function StreamsPage() {
  const { t } = useTranslation()
  return (
    <>
      <h1 className="sr-only">{t('common.streams')}</h1>
      <StreamList />
    </>
  )
}
