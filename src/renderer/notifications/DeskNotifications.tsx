import { Volume2, VolumeX } from 'lucide-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { Link } from 'react-router'
import { formatMoment, formatSpan, formatTime } from '../../shared/units.ts'
import { useConnection } from '../app/client.ts'
import { deskKey } from '../app/consoleAddress.ts'
import { useKeys } from '../app/keys.ts'
import { toNotificationSettings } from '../app/links.ts'
import { preferences, setPreferences, usePreferences } from '../app/preferences.ts'
import { t } from '../app/words.ts'
import { useLiveAlarms } from '../fleet/fleet.ts'
import { Banner } from '../ui/Banner.tsx'
import { Button } from '../ui/Button.tsx'
import { Menu, MenuClose } from '../ui/Menu.tsx'
import { engineNow, machineNow, useEngineNow } from '../ui/now.ts'
import { type DeskMemory, mutedUntilAt, muteSpans, newsOfAlarms, noticesOf, soundOf } from './news.ts'
import { followNotices, showNotice, useNoticePermission } from './notices.ts'
import { prepareVoice, speak, unblockAtGestures, unblockVoice, useVoice } from './voice.ts'

const soundTurn = deskKey('sound')
const noticeTurn = deskKey('notices')

/** Notifies of alarms at this desk, by notifications and sound: one of several windows does. Draws nothing. */
export function DeskNotifications() {
  useNotices()
  useSound()
  useEffect(followNotices, [])
  return null
}

function useNotices() {
  const alarms = useLiveAlarms()
  const { hello } = useConnection()
  const { noticeSeverities } = usePreferences()
  const wanted = useMemo(() => new Set(noticeSeverities), [noticeSeverities])
  const isMyTurn = useTurn(noticeTurn, useNoticePermission() === 'granted')
  // The demo fleet has alarms of its own.
  const fleetId = hello?.demo ?? false
  const memory = useRef<{ readonly of: boolean; readonly desk: DeskMemory } | null>(null)
  const [look, lookAgain] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: looks at each change of alarms, and again when more may be shown; the rest is as it is then
  useEffect(() => {
    if (alarms === null) return
    const before = memory.current?.of === fleetId ? memory.current.desk : null
    const now = engineNow()
    const { memory: desk, news, lookAgainAt } = newsOfAlarms(before, alarms, now, wanted)
    memory.current = { of: fleetId, desk }
    if (isMyTurn) for (const notice of noticesOf(news)) showNotice(notice)
    if (lookAgainAt === null) return
    const timer = setTimeout(() => lookAgain((count) => count + 1), lookAgainAt - now)
    return () => clearTimeout(timer)
  }, [alarms, look, fleetId])
}

function useSound() {
  const alarms = useLiveAlarms()
  const preferences = usePreferences()
  const isUsed = preferences.soundSeverities.length > 0
  const voice = useVoice()
  // Ends a mute.
  useEngineNow()
  const isMyTurn = useTurn(soundTurn, isUsed && voice === 'ready')
  const severity = isUsed ? soundOf(alarms, preferences, machineNow()) : null
  useEffect(() => {
    if (!isUsed) return
    prepareVoice()
    return unblockAtGestures()
  }, [isUsed])
  useEffect(() => {
    if (voice === 'ready') speak(isMyTurn ? severity : null)
  }, [voice, isMyTurn, severity])
}

/** Says that the browser keeps alarms silent until somebody clicks. */
export function SoundBanner() {
  const isUsed = usePreferences().soundSeverities.length > 0
  const isBlocked = useVoice() === 'blocked' && isUsed
  if (!isBlocked) return null
  return <Banner kind="major" title={t('notifications.blocked')} actions={<Button onClick={unblockVoice}>{t('notifications.unblock')}</Button>} />
}

const mute = (ms: number) => setPreferences({ mutedUntil: machineNow() + ms })
const unmute = () => setPreferences({ mutedUntil: 0 })
const toggleMute = () => (mutedUntilAt(preferences(), machineNow()) === null ? mute(muteSpans.quarter) : unmute())

const entryClass = 'rounded px-2 py-1 text-left hover:bg-hover'

/** Sound of alarms at this desk: whether it is on, and mutes, which end by themselves. */
export function SoundButton() {
  const { soundSeverities, mutedUntil } = usePreferences()
  const voice = useVoice()
  useEngineNow()
  const until = mutedUntilAt({ mutedUntil }, machineNow())
  const isOn = soundSeverities.length > 0
  useKeys('everywhere', isOn ? [{ keys: 'shift+m', words: t('notifications.keyMute'), run: toggleMute }] : [])
  const words = !isOn
    ? t('notifications.soundOff')
    : until !== null
      ? t('notifications.mutedUntil', { time: formatTime(until) })
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
          {until !== null && isOn && <span className="text-sm font-medium max-[1439px]:sr-only">{formatMoment(until, 'time').slice(0, 5)}</span>}
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

/** Whether this window is the one that acts for all of this console. Browsers without locks, as at a plain HTTP address, give each its turn. */
function useTurn(name: string, wanted: boolean): boolean {
  const [isMine, setMine] = useState(false)
  useEffect(() => {
    if (!wanted) return
    const { locks } = navigator as { readonly locks?: LockManager | null }
    if (!locks) {
      setMine(true)
      return () => setMine(false)
    }
    const left = new AbortController()
    let release = () => {}
    locks
      .request(name, { signal: left.signal }, () => {
        setMine(true)
        return new Promise<void>((resolve) => {
          release = resolve
        })
      })
      // It left before its turn came.
      .catch(() => {})
    return () => {
      left.abort()
      release()
      setMine(false)
    }
  }, [name, wanted])
  return isMine
}
