import { useQuery } from '@tanstack/react-query'
import { isLanguage } from '../../i18n/languages.ts'
import { secretsText } from '../../i18n/noticeText.ts'
import type { UpdateState } from '../../shared/access.ts'
import { formatDuration, formatTime } from '../../shared/units.ts'
import { orpc, useConnection } from '../app/client.ts'
import { languages } from '../app/languages.ts'
import { setPreferences, usePreferences } from '../app/preferences.ts'
import { language, t } from '../app/words.ts'
import { Facts } from '../ui/Facts.tsx'
import { Field } from '../ui/Field.tsx'
import { Mark } from '../ui/Mark.tsx'
import { useEngineNow } from '../ui/now.ts'
import { Panel } from '../ui/Panel.tsx'
import { Select } from '../ui/Select.tsx'

export function DisplaySettings() {
  const { theme, zone, language, barColors } = usePreferences()
  return (
    <Panel title={t('settings.sections.display')} hint={t('settings.onThisDesk')}>
      <div className="grid max-w-[460px] gap-3">
        <Choice
          label={t('settings.theme')}
          value={theme}
          values={['dark', 'light', 'system']}
          words={(value) => t(`settings.themes.${value}`)}
          onChoose={(value) => setPreferences({ theme: value })}
        />
        <Choice
          label={t('settings.zone')}
          value={zone}
          values={['local', 'utc']}
          words={(value) => (value === 'utc' ? 'UTC' : t('settings.localTime'))}
          onChoose={(value) => setPreferences({ zone: value })}
        />
        <Choice
          label={t('common.language')}
          value={language ?? 'system'}
          values={['system', ...Object.keys(languages)]}
          words={(value) => (value === 'system' ? t('settings.themes.system') : isLanguage(value) ? languages[value].name : value)}
          onChoose={(value) => setPreferences({ language: value === 'system' ? null : value })}
        />
        <Choice
          label={t('settings.barColors')}
          value={barColors}
          values={['calm', 'classic']}
          words={(value) => t(`settings.barLevels.${value}`)}
          onChoose={(value) => setPreferences({ barColors: value })}
        />
      </div>
    </Panel>
  )
}

interface ChoiceProps<T extends string> {
  readonly label: string
  readonly value: T
  readonly values: readonly T[]
  readonly words: (value: T) => string
  readonly onChoose: (value: T) => void
}
const Choice = <T extends string>({ label, value, values, words, onChoose }: ChoiceProps<T>) => (
  <Field label={label}>
    {(control) => (
      <Select id={control.id} value={value} onChange={onChoose} options={values.map((one) => ({ value: one, label: words(one) }))} className="w-full" />
    )}
  </Field>
)

function NewestVersion({ newest, released, isNewer, checkedAt, problem }: UpdateState) {
  return (
    <>
      {isNewer && <Mark kind="minor" size={11} />}{' '}
      {newest === null ? t('settings.newest.unknown') : t(isNewer ? 'settings.newest.other' : 'settings.newest.this', { version: newest, released })}{' '}
      {checkedAt !== null && problem !== null && t('settings.newest.problem', { problem, time: formatTime(checkedAt) })}
    </>
  )
}

export function AboutSettings() {
  const { hello } = useConnection()
  const now = useEngineNow()
  const { data: updates } = useQuery(orpc.access.updates.queryOptions({ refetchInterval: 60_000 }))
  if (hello === null) return null
  return (
    <Panel title={t('settings.sections.about')}>
      <Facts
        rows={[
          [t('common.version'), `mtxdeck ${hello.version}`],
          [t('settings.newest.title'), updates && <NewestVersion {...updates} />],
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
