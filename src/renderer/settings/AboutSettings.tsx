import { useTranslation } from 'react-i18next'
import { formatDuration } from '../../shared/units.ts'
import { useConnection } from '../app/client.ts'
import { Mark } from '../ui/Mark.tsx'
import { useEngineNow } from '../ui/now.ts'
import { Panel } from '../ui/Panel.tsx'

/** What runs here, and how secrets are kept. */
export const AboutSettings = () => {
  const { t } = useTranslation()
  const { hello } = useConnection()
  const now = useEngineNow()
  if (hello === null) return null
  return (
    <Panel title={t('settings.sections.about')}>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3.5 gap-y-[3px]">
        <dt className="text-faint">{t('settings.version')}</dt>
        <dd>mtxdeck {hello.version}</dd>
        <dt className="text-faint">{t('settings.engineSince')}</dt>
        <dd>{formatDuration(now - hello.startedAt)}</dd>
        <dt className="text-faint">{t('settings.secrets')}</dt>
        <dd>
          <Mark kind={hello.secrets.protection === 'none' ? 'major' : 'ok'} size={11} /> {t(`settings.protection.${hello.secrets.protection}`)}{' '}
          <span className="text-faint">{hello.secrets.words}</span>
        </dd>
      </dl>
    </Panel>
  )
}
