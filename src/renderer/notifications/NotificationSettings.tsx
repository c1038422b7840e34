import { type Severity, severities } from '../../shared/severities.ts'
import { toAlarms } from '../app/links.ts'
import { setPreferences, usePreferences } from '../app/preferences.ts'
import { t } from '../app/words.ts'
import { SeverityMark } from '../fleet/StateMark.tsx'
import { Button } from '../ui/Button.tsx'
import { Panel } from '../ui/Panel.tsx'
import { Tick } from '../ui/Tick.tsx'
import { askPermission, showNotice, useNoticePermission } from './notices.ts'
import { tryVoice, useVoice } from './voice.ts'

export function NotificationSettings() {
  return (
    <div className="grid gap-3.5">
      <Notices />
      <Sound />
    </div>
  )
}

interface SeveritiesProps {
  readonly chosen: readonly Severity[]
  readonly onChoose: (chosen: readonly Severity[]) => void
  readonly aside?: (severity: Severity) => React.ReactNode
}
function Severities({ chosen, onChoose, aside }: SeveritiesProps) {
  return (
    <fieldset className="grid gap-1.5">
      <legend className="pb-1 font-medium text-muted text-sm">{t('alarms.column.severity')}</legend>
      {severities.map((severity) => (
        <div key={severity} className="flex min-h-[28px] items-center gap-3">
          <Tick
            labelClass="flex w-[150px] items-center gap-2"
            checked={chosen.includes(severity)}
            onTick={(on) => onChoose(severities.filter((one) => (one === severity ? on : chosen.includes(one))))}
          >
            <SeverityMark severity={severity} />
          </Tick>
          {aside?.(severity)}
        </div>
      ))}
    </fieldset>
  )
}

function Notices() {
  const { noticeSeverities } = usePreferences()
  const permission = useNoticePermission()
  const tryOut = () => showNotice({ tag: 'test', title: t('common.mtxdeck'), text: t('channels.test'), to: toAlarms() })
  return (
    <Panel title={t('notifications.notices')} hint={t('settings.onThisDesk')}>
      <div className="grid max-w-[620px] gap-3">
        <p className="text-muted">{t('notifications.noticesText')}</p>
        <Severities chosen={noticeSeverities} onChoose={(chosen) => setPreferences({ noticeSeverities: [...chosen] })} />
        <div className="flex flex-wrap items-center gap-2.5" role="status">
          {permission === 'ask' && <Button look="primary" onClick={() => void askPermission()} text={t('notifications.allow')} />}
          {permission === 'granted' && <Button onClick={tryOut}>{t('notifications.tryNotice')}</Button>}
          {permission !== 'granted' && permission !== 'ask' && <span className="text-major">{t(`notifications.permission.${permission}`)}</span>}
        </div>
      </div>
    </Panel>
  )
}

function Sound() {
  const { soundSeverities } = usePreferences()
  const voice = useVoice()
  return (
    <Panel title={t('notifications.sound')} hint={t('settings.onThisDesk')}>
      <div className="grid max-w-[620px] gap-3">
        <p className="text-muted">{t('notifications.soundText')}</p>
        <Severities
          chosen={soundSeverities}
          onChoose={(chosen) => setPreferences({ soundSeverities: [...chosen] })}
          aside={(severity) => (
            <Button aria-label={`${t('common.play')}: ${t(`severity.${severity}`)}`} onClick={() => tryVoice(severity)} text={t('common.play')} />
          )}
        />
        {voice === 'unable' && <p className="text-major">{t('notifications.unable')}</p>}
      </div>
    </Panel>
  )
}
