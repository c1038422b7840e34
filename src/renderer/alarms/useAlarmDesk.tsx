import { type ReactNode, useState } from 'react'
import { toast } from 'sonner'
import type { Alarm, AlarmsChanged } from '../../shared/alarms.ts'
import { act } from '../app/act.ts'
import { client, orpc, queryClient } from '../app/client.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { useKeys } from '../app/keys.ts'
import { useMoment } from '../app/moment.ts'
import { zone } from '../app/preferences.ts'
import { t } from '../app/words.ts'
import { fleet } from '../fleet/fleet.ts'
import { alarmTitle } from '../fleet/incidentWords.ts'
import { useMay } from '../fleet/me.tsx'
import { useRules } from '../fleet/useRules.ts'
import { engineNow } from '../ui/now.ts'
import { type AlarmEntry, type AlarmForm, fieldsOf, readForm, startOf } from './alarmForms.ts'
import { namesOf } from './alarmMessage.ts'
import { MaintenanceNow } from './PlansNow.tsx'
import { type WorkedOn, workOf } from './planForms.ts'

function send(entry: AlarmEntry, incidents: readonly string[]): Promise<AlarmsChanged> {
  if (entry.form === 'acknowledge') return client.alarms.acknowledge({ ...entry.input, incidents: [...incidents] })
  if (entry.form === 'shelve') return client.alarms.shelve(entry.input)
  return client.alarms.comment(entry.input)
}

interface AlarmDialogProps {
  readonly form: AlarmForm
  readonly alarms: readonly Alarm[]
  readonly incidents: readonly string[]
  readonly onDone: (changed: AlarmsChanged) => void
  readonly onClose: () => void
}
function AlarmDialog({ form, alarms, incidents, onDone, onClose }: AlarmDialogProps) {
  const { data: rules = [] } = useRules()
  const ids = alarms.map(({ id }) => id)
  const [only] = alarms
  const names = alarms.length === 1 && only ? namesOf(only) : null
  return (
    <SendDialog
      title={t(`alarms.form.${form}`, { count: alarms.length })}
      description={names && only ? [names.name, names.server, alarmTitle(only, rules)].filter(Boolean).join(' · ') : undefined}
      submit={t(`alarms.form.${form}`, { count: alarms.length })}
      fields={fieldsOf(form, { now: engineNow(), zone })}
      start={startOf(form)}
      read={(entered) => readForm(form, entered, ids, { now: engineNow(), zone })}
      send={async (entry) => onDone(await send(entry, incidents))}
      onClose={onClose}
    />
  )
}

export interface AlarmDesk {
  readonly acknowledge: (alarms: readonly Alarm[]) => void
  /** A desk whose alarms stand for these incidents: it takes all of their alarms, also those that the window does not have. */
  readonly forIncidents: (incidents: readonly string[]) => AlarmDesk
  readonly unacknowledge: (alarms: readonly Alarm[]) => void
  readonly unshelve: (alarms: readonly Alarm[]) => void
  readonly ask: (form: AlarmForm, alarms: readonly Alarm[]) => void
  /** Plans maintenance of what the alarms are about. */
  readonly plan: (alarms: readonly Alarm[]) => void
  readonly dialog: ReactNode
}

export function canAcknowledge({ acknowledged, closed }: Alarm): boolean {
  return acknowledged === null && closed === null
}

/** `onDone`: something was done to alarms. */
export function useAlarmDesk(onDone?: () => void): AlarmDesk {
  const [asked, setAsked] = useState<{ readonly form: AlarmForm; readonly alarms: readonly Alarm[]; readonly incidents: readonly string[] } | null>(null)
  const [planned, setPlanned] = useState<readonly WorkedOn[] | null>(null)
  const done = ({ notOpen }: AlarmsChanged) => {
    if (notOpen.length > 0) toast(t('alarms.notOpen', { count: notOpen.length }))
    void queryClient.invalidateQueries({ queryKey: orpc.alarms.key() })
    onDone?.()
  }
  const change = (alarms: readonly Alarm[], call: (input: { ids: string[] }) => Promise<AlarmsChanged>) => {
    if (alarms.length > 0) void act(call({ ids: alarms.map(({ id }) => id) }).then(done))
  }
  const close = () => setAsked(null)
  const plan = async (alarms: readonly Alarm[]) => {
    const hosts = alarms.some(({ subject }) => 'hostId' in subject) ? await client.hosts.list() : []
    const on = workOf(alarms, hosts, (id) => fleet.server(id)?.name ?? null)
    if (on.length === 0) toast(t(alarms.length === 0 ? 'alarms.nothingChosen' : 'maintenance.noServer'))
    else setPlanned(on)
  }
  const deskFor = (incidents: readonly string[]): AlarmDesk => ({
    acknowledge: (alarms) => {
      const acknowledgeable = alarms.filter(canAcknowledge)
      if (acknowledgeable.length === 0) toast(t('alarms.nothingChosen'))
      change(acknowledgeable, (input) => client.alarms.acknowledge({ ...input, incidents: [...incidents] }))
    },
    forIncidents: deskFor,
    unacknowledge: (alarms) => change(alarms, (input) => client.alarms.unacknowledge(input)),
    unshelve: (alarms) => change(alarms, (input) => client.alarms.unshelve(input)),
    ask: (form, alarms) => {
      if (alarms.length === 0) toast(t('alarms.nothingChosen'))
      else setAsked({ form, alarms, incidents })
    },
    plan: (alarms) => void act(plan(alarms)),
    dialog:
      planned !== null ? (
        <MaintenanceNow on={planned} onClose={() => setPlanned(null)} />
      ) : asked !== null ? (
        <AlarmDialog form={asked.form} alarms={asked.alarms} incidents={asked.incidents} onDone={done} onClose={close} />
      ) : null,
  })
  return deskFor([])
}

/** `targets` is asked when a key is pressed; null: nothing here is of now. `plans`: also the key that announces work. */
export function useAlarmKeys({ acknowledge, ask, plan }: AlarmDesk, targets: (() => readonly Alarm[]) | null, plans = true): void {
  const may = useMay('operate')
  useKeys(
    'page',
    targets === null || !may
      ? []
      : [
          { keys: 'a', words: t('alarms.acknowledge'), run: () => acknowledge(targets()) },
          { keys: 's', words: t('alarms.shelve'), run: () => ask('shelve', targets()) },
          ...(plans ? [{ keys: 'm', words: t('common.maintenanceFromNowOn'), run: () => plan(targets()) }] : []),
        ],
  )
}

interface AlarmKeysProps {
  readonly alarms: readonly Alarm[]
  /** What keys act on if none is under the pointer or has the focus. */
  readonly otherwise: readonly Alarm[]
  /** Also the key that announces work, which pages of servers and streams bind themselves. */
  readonly plans?: boolean
}
/** Keys act on the alarm under the pointer or with the focus, else on those that the page is about. */
export function AlarmKeys({ alarms, otherwise, plans = false }: AlarmKeysProps) {
  const past = useMoment() !== null
  const desk = useAlarmDesk()
  const targets = () => {
    const [under = document.activeElement?.closest<HTMLElement>('[data-alarm]')] = document.querySelectorAll<HTMLElement>('[data-alarm]:hover')
    const pointed = alarms.find(({ id }) => id === under?.dataset.alarm)
    return pointed === undefined ? otherwise : [pointed]
  }
  useAlarmKeys(desk, past || alarms.length === 0 ? null : targets, plans)
  return desk.dialog
}
