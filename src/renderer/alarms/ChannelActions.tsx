import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Channel, ChannelKindName, EnteredValues, ShownRoute } from '../../shared/channels.ts'
import { isOpenIncident } from '../../shared/incidents.ts'
import { formatMoment, formatSpan } from '../../shared/units.ts'
import { client, orpc, queryClient, useConnection } from '../app/client.ts'
import { RemoveDialog } from '../app/editing/Removing.tsx'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { useMoment } from '../app/moment.ts'
import { usePreferences } from '../app/preferences.ts'
import { useAct } from '../app/useAct.ts'
import { useLiveAlarms } from '../fleet/fleet.ts'
import { Banner } from '../ui/Banner.tsx'
import { Button } from '../ui/Button.tsx'
import { Menu, MenuClose } from '../ui/Menu.tsx'
import { channelEntries, channelFields, fieldOfChannel, readChannel } from './channelForm.ts'
import { fieldOfRoute, readRoute, routeEntries, routeFields } from './routeForm.ts'

/** Channels, routes and readiness are read again at once, after a change. */
export async function renewedAfter(change: Promise<unknown>): Promise<void> {
  await change
  await queryClient.invalidateQueries({ queryKey: orpc.channels.key() })
}

/** Whether links of messages lead to this console, and how to send what a dialog of a channel says: the public address first, if it has one. */
function usePublicUrl() {
  const { data } = useQuery(orpc.channels.readiness.queryOptions())
  return {
    hasPublicUrl: data === undefined || data.publicUrl !== null,
    sending: async <T,>({ publicUrl = '', ...values }: EnteredValues, send: (values: EnteredValues) => Promise<T>) => {
      if (publicUrl !== '') await client.channels.putReadiness({ part: 'publicUrl', entries: { publicUrl } })
      await renewedAfter(send(values))
    },
  }
}

export function AddChannel() {
  const { t } = useTranslation()
  const { hasPublicUrl, sending } = usePublicUrl()
  const hasOpen = useLiveAlarms()?.incidents.some(isOpenIncident) ?? false
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button look="primary" onClick={() => setOpen(true)}>
        {t('channels.form.add')}
      </Button>
      {isOpen && (
        <SendDialog
          title={t('channels.form.add')}
          submit={t('common.add')}
          fields={channelFields(false, '', hasPublicUrl, hasOpen)}
          start={channelEntries(null, null)}
          read={(entered) => readChannel(entered, null)}
          send={(input) => sending(input, client.channels.add)}
          fieldOf={fieldOfChannel}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  )
}

/** How long a channel can be paused for by a click, minutes. */
const pauses = [30, 120, 480, 1_440] as const

/** Pauses a channel, or ends its pause. */
export function PauseChannel({ channel: { name, pause } }: { readonly channel: Pick<Channel, 'name' | 'pause'> }) {
  const { t } = useTranslation()
  const act = useAct()
  if (pause !== null)
    return (
      <Button look="quiet" aria-label={`${t('channels.resume')}: ${name}`} onClick={() => void act(renewedAfter(client.channels.resume({ name })))}>
        {t('channels.resume')}
      </Button>
    )
  return (
    <Menu
      width={200}
      trigger={
        <Button look="quiet" aria-label={`${t('channels.pause')} ${name}`}>
          {t('channels.pause')}
        </Button>
      }
    >
      {pauses.map((minutes) => (
        <MenuClose key={minutes} asChild>
          <Button look="quiet" onClick={() => void act(renewedAfter(client.channels.pause({ name, minutes })))}>
            {formatSpan(minutes * 60_000)}
          </Button>
        </MenuClose>
      ))}
    </Menu>
  )
}

/** Above every page, as long as a channel is paused. */
export function PausedChannels() {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const isPast = useMoment() !== null
  const { data = [] } = useQuery({ ...orpc.channels.list.queryOptions(), refetchInterval: 30_000, enabled: useConnection().state === 'ready' })
  const paused = data.flatMap(({ name, pause }) => (pause === null ? [] : [{ name, pause }]))
  const [first] = paused.toSorted((a, b) => a.pause.until - b.pause.until)
  // The past has its own bar.
  if (first === undefined || isPast) return null
  return (
    <Banner
      kind="minor"
      title={t('channels.pausedTitle', { names: paused.map(({ name }) => name).join(', ') })}
      actions={paused.length === 1 ? <PauseChannel channel={first} /> : undefined}
    >
      {t('channels.paused', { by: first.pause.by, time: formatMoment(first.pause.until, 'minute', zone) })}
    </Banner>
  )
}

interface EnteredChannelProps {
  readonly channel: { readonly name: string; readonly kind: ChannelKindName; readonly origin: string }
}
/** What can be done to a channel that was entered in the console. */
export function EnteredChannel({ channel: { name, kind, origin } }: EnteredChannelProps) {
  const { t } = useTranslation()
  const act = useAct()
  const [stored, setStored] = useState<EnteredValues | null>(null)
  const [isRemoving, setRemoving] = useState(false)
  const { hasPublicUrl, sending } = usePublicUrl()
  const before = stored && channelEntries(kind, stored)
  const open = async () => setStored(await client.channels.entries({ name }))
  return (
    <>
      <Button look="quiet" aria-label={t('common.editName', { name })} onClick={() => void act(open())}>
        {t('common.change')}
      </Button>
      <Button look="quiet" aria-label={t('common.removeName', { name })} onClick={() => setRemoving(true)}>
        {t('common.remove')}
      </Button>
      {before !== null && (
        <SendDialog
          title={t('common.editName', { name })}
          submit={t('common.save')}
          fields={channelFields(true, origin, hasPublicUrl, false)}
          start={before}
          read={(entered) => readChannel(entered, before)}
          send={(values) => sending(values, (change) => client.channels.update({ name, change }))}
          fieldOf={fieldOfChannel}
          onClose={() => setStored(null)}
        />
      )}
      {isRemoving && (
        <RemoveDialog
          title={t('common.removeName', { name })}
          description={t('channels.form.removeText')}
          onRemove={() => void act(renewedAfter(client.channels.remove({ name })), t('common.removedName', { name }))}
          onClose={() => setRemoving(false)}
        />
      )}
    </>
  )
}

/** `route` null: a new one. */
export function RouteDialog({
  route,
  channels,
  onClose,
}: {
  readonly route: ShownRoute | null
  readonly channels: readonly string[]
  readonly onClose: () => void
}) {
  const { t } = useTranslation()
  const id = route?.entered?.id
  return (
    <SendDialog
      title={t(id === undefined ? 'channels.form.addRoute' : 'channels.routes')}
      description={t('channels.form.routeText')}
      submit={t(id === undefined ? 'common.add' : 'common.save')}
      fields={routeFields(channels)}
      start={routeEntries(route?.entered?.entries ?? null)}
      read={readRoute}
      send={(entries) => renewedAfter(id === undefined ? client.channels.addRoute(entries) : client.channels.updateRoute({ id, route: entries }))}
      fieldOf={fieldOfRoute}
      onClose={onClose}
    />
  )
}

/** What can be done to a route that was entered in the console. */
export function EnteredRoute({ id, onChange }: { readonly id: string; readonly onChange: () => void }) {
  const { t } = useTranslation()
  const act = useAct()
  return (
    <>
      <Button look="quiet" onClick={onChange}>
        {t('common.change')}
      </Button>
      <Button look="quiet" onClick={() => void act(renewedAfter(client.channels.removeRoute({ id })), t('common.removedName', { name: t('channels.routes') }))}>
        {t('common.remove')}
      </Button>
    </>
  )
}
