import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { toast } from 'sonner'
import type { Alarm, AlarmsChanged } from '../../shared/alarms.ts'
import { client, orpc, queryClient } from '../app/client.ts'
import { useKeys } from '../app/keys.ts'
import { useAct } from '../app/useAct.ts'
import { fleet } from '../fleet/fleet.ts'
import { AlarmDialog } from './AlarmDialog.tsx'
import type { AlarmForm } from './alarmForms.ts'
import { MaintenanceNow } from './MaintenanceNow.tsx'
import { type WorkedOn, workOf } from './maintenanceForm.ts'

/** What an operator can do to alarms. */
export interface AlarmDesk {
  /** Takes those that nobody has taken. */
  readonly acknowledge: (alarms: readonly Alarm[]) => void
  /** The same, where the alarms stand for these incidents: takes all alarms of these, also those that the window does not have. */
  readonly forIncidents: (incidents: readonly string[]) => AlarmDesk
  readonly unacknowledge: (alarms: readonly Alarm[]) => void
  readonly unshelve: (alarms: readonly Alarm[]) => void
  /** Asks for what it takes first. */
  readonly ask: (form: AlarmForm, alarms: readonly Alarm[]) => void
  /** Asks for how long work goes on with what the alarms are about. */
  readonly plan: (alarms: readonly Alarm[]) => void
  /** The open question; a page renders it. */
  readonly dialog: ReactNode
}

/** Whether it can be acknowledged. */
export function canAcknowledge({ acknowledged, closed }: Alarm): boolean {
  return acknowledged === null && closed === null
}

/** `onDone`: something was done to alarms. */
export function useAlarmDesk(onDone?: () => void): AlarmDesk {
  const { t } = useTranslation()
  const [asked, setAsked] = useState<{ readonly form: AlarmForm; readonly alarms: readonly Alarm[]; readonly incidents: readonly string[] } | null>(null)
  const [planned, setPlanned] = useState<readonly WorkedOn[] | null>(null)
  const act = useAct('alarms.failed')
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
    const isOfProbe = alarms.some(({ subject }) => subject.kind === 'probe')
    if (on.length === 0) toast(t(alarms.length === 0 ? 'alarms.nothingChosen' : isOfProbe ? 'maintenance.ofProbe' : 'maintenance.noServer'))
    else setPlanned(on)
  }
  const deskFor = (incidents: readonly string[]): AlarmDesk => ({
    acknowledge: (alarms) => {
      const acknowledgeable = alarms.filter(canAcknowledge)
      if (acknowledgeable.length === 0) toast(t(alarms.length === 0 ? 'alarms.nothingChosen' : 'alarms.takenAlready'))
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

/**
 * Binds the keys that act on what is selected. `targets` is asked when a key is pressed; null: nothing here is of now. `plans`: also the key that
 * announces work, which the pages of servers and streams bind themselves.
 */
export function useAlarmKeys({ acknowledge, ask, plan }: AlarmDesk, targets: (() => readonly Alarm[]) | null, plans = true): void {
  const { t } = useTranslation()
  useKeys(
    'page',
    targets === null
      ? []
      : [
          { keys: 'a', words: t('alarms.keys.acknowledge'), run: () => acknowledge(targets()) },
          { keys: 's', words: t('alarms.keys.shelve'), run: () => ask('shelve', targets()) },
          ...(plans ? [{ keys: 'm', words: t('common.maintenanceFromNowOn'), run: () => plan(targets()) }] : []),
        ],
  )
}
