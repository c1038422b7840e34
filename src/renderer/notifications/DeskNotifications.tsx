import { useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useConnection } from '../app/client.ts'
import { usePreferences } from '../app/preferences.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { useLiveAlarms } from '../fleet/fleet.ts'
import { engineNow, machineNow, useEngineNow } from '../ui/now.ts'
import { type DeskMemory, newsOfAlarms } from './newsOfAlarms.ts'
import { noticesOf } from './noticeMessage.ts'
import { followNotices, showNotice, useNoticePermission } from './notices.ts'
import { useTurn } from './oneWindow.ts'
import { soundOf } from './soundOf.ts'
import { prepareVoice, speak, unblockAtGestures, useVoice } from './voice.ts'

export const soundTurn = 'mtxdeck.sound'
const noticeTurn = 'mtxdeck.notices'

/** Notifies of alarms at this desk, by notifications and sound: one of several windows does. Draws nothing. */
export function DeskNotifications() {
  useNotices()
  useSound()
  useEffect(followNotices, [])
  return null
}

function useNotices() {
  const { t } = useTranslation()
  const language = useLanguage()
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
    if (isMyTurn) for (const notice of noticesOf(news, language, t)) showNotice(notice)
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
    if (voice === 'ready') speak(isMyTurn ? severity : null, preferences.soundVolume)
  }, [voice, isMyTurn, severity, preferences.soundVolume])
}
