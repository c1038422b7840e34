import { Volume2, VolumeX } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { formatMoment, formatSpan, formatTime } from '../../shared/units.ts'
import { useKeys } from '../app/keys.ts'
import { toNotificationSettings } from '../app/links.ts'
import { preferences, setPreferences, usePreferences } from '../app/preferences.ts'
import { Menu, MenuClose } from '../ui/Menu.tsx'
import { machineNow, useEngineNow } from '../ui/now.ts'
import { mutedUntilAt, muteSpans } from './soundOf.ts'
import { useVoice } from './voice.ts'

const mute = (ms: number) => setPreferences({ mutedUntil: machineNow() + ms })
const unmute = () => setPreferences({ mutedUntil: 0 })
const toggleMute = () => (mutedUntilAt(preferences(), machineNow()) === null ? mute(muteSpans.quarter) : unmute())

const entryClass = 'rounded px-2 py-1 text-left hover:bg-hover'

/** Sound of alarms at this desk: whether it is on, and mutes, which end by themselves. */
export function SoundButton() {
  const { t } = useTranslation()
  const { soundSeverities, mutedUntil, zone } = usePreferences()
  const voice = useVoice()
  useEngineNow()
  const until = mutedUntilAt({ mutedUntil }, machineNow())
  const isOn = soundSeverities.length > 0
  useKeys('everywhere', isOn ? [{ keys: 'shift+m', words: t('notifications.keyMute'), run: toggleMute }] : [])
  const words = !isOn
    ? t('notifications.soundOff')
    : until !== null
      ? t('notifications.mutedUntil', { time: formatTime(until, zone) })
      : voice === 'blocked'
        ? t('notifications.blocked')
        : voice === 'unable'
          ? t('notifications.unable')
          : t('notifications.soundOn')
  const isHeard = isOn && until === null && voice === 'ready'
  const Icon = isHeard ? Volume2 : VolumeX
  return (
    <Menu
      width={270}
      trigger={
        <button
          type="button"
          aria-label={words}
          title={words}
          className={`flex items-center gap-1.5 rounded-md p-1.5 hover:bg-hover hover:text-text ${isOn && !isHeard ? 'text-major' : 'text-muted'}`}
        >
          <Icon size={16} aria-hidden="true" />
          {until !== null && isOn && <span className="text-sm font-medium max-[1439px]:sr-only">{formatMoment(until, 'time', zone).slice(0, 5)}</span>}
        </button>
      }
    >
      <p className="px-2 py-1 text-muted text-sm">{words}</p>
      {isOn &&
        until === null &&
        (['quarter', 'hour', 'shift'] as const).map((span) => (
          <MenuClose key={span} className={entryClass} onClick={() => mute(muteSpans[span])}>
            {t('notifications.mute', { span: formatSpan(muteSpans[span]) })}
          </MenuClose>
        ))}
      {isOn && until !== null && (
        <MenuClose className={entryClass} onClick={unmute}>
          {t('notifications.unmute')}
        </MenuClose>
      )}
      <MenuClose asChild>
        <Link to={toNotificationSettings} className={entryClass}>
          {t('notifications.toSettings')}
        </Link>
      </MenuClose>
    </Menu>
  )
}
