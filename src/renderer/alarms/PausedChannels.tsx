import { useQuery } from '@tanstack/react-query'
import type { Channel } from '../../shared/channels.ts'
import { formatMoment, formatSpan } from '../../shared/units.ts'
import { act } from '../app/act.ts'
import { client, orpc, queryClient, useConnection } from '../app/client.ts'
import { useMoment } from '../app/moment.ts'
import { t } from '../app/words.ts'
import { useMay } from '../fleet/me.tsx'
import { Banner } from '../ui/Banner.tsx'
import { Button } from '../ui/Button.tsx'
import { Menu, MenuClose } from '../ui/Menu.tsx'

// Apart from the other channels, which bring tables and forms, because every page has it.

/** Channels, routes and readiness are read again at once, after a change. */
export async function renewedAfter(change: Promise<unknown>): Promise<void> {
  await change
  await queryClient.invalidateQueries({ queryKey: orpc.channels.key() })
}

const pauseMinutes = [30, 120, 480, 1_440] as const

export function PauseChannel({ channel: { name, pause } }: { readonly channel: Pick<Channel, 'name' | 'pause'> }) {
  const may = useMay('operate')
  if (!may) return null
  if (pause !== null)
    return (
      <Button look="quiet" aria-label={`${t('common.resume')}: ${name}`} onClick={() => void act(renewedAfter(client.channels.resume({ name })))}>
        {t('common.resume')}
      </Button>
    )
  return (
    <Menu width={200} trigger={<Button look="quiet" aria-label={`${t('channels.pause')} ${name}`} text={t('channels.pause')} />}>
      {pauseMinutes.map((minutes) => (
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
  const isPast = useMoment() !== null
  const { data = [] } = useQuery({ ...orpc.channels.list.queryOptions(), refetchInterval: 30_000, enabled: useConnection().state === 'ready' })
  const paused = data.flatMap(({ name, pause }) => (pause === null ? [] : [{ name, pause }]))
  const [first] = paused.toSorted((a, b) => a.pause.until - b.pause.until)
  if (first === undefined || isPast) return null
  return (
    <Banner
      kind="minor"
      title={t('channels.pausedTitle', { names: paused.map(({ name }) => name).join(', ') })}
      actions={paused.length === 1 ? <PauseChannel channel={first} /> : undefined}
    >
      {t('channels.paused', { by: first.pause.by, time: formatMoment(first.pause.until, 'minute') })}
    </Banner>
  )
}
