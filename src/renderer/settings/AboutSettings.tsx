import { useTranslation } from 'react-i18next'
import { secretsText } from '../../i18n/secretsText.ts'
import { formatDuration } from '../../shared/units.ts'
import { useConnection } from '../app/client.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { Facts } from '../ui/Facts.tsx'
import { Mark } from '../ui/Mark.tsx'
import { useEngineNow } from '../ui/now.ts'
import { Panel } from '../ui/Panel.tsx'

/** Version of the console, and how secrets are stored. */
export function AboutSettings() {
  const { t } = useTranslation()
  const language = useLanguage()
  const { hello } = useConnection()
  const now = useEngineNow()
  if (hello === null) return null
  return (
    <Panel title={t('settings.sections.about')}>
      <Facts
        rows={[
          [t('common.version'), `mtxdeck ${hello.version}`],
          [t('settings.engineSince'), formatDuration(now - hello.startedAt)],
          [
            t('settings.secrets'),
            <>
              <Mark kind={hello.secrets.protection === 'none' ? 'major' : 'ok'} size={11} /> {t(`settings.protection.${hello.secrets.protection}`)}
            </>,
            secretsText(hello.secrets.kept, language),
          ],
        ]}
      />
    </Panel>
  )
}
