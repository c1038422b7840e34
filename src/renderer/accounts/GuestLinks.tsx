import { useQuery } from '@tanstack/react-query'
import { Ban, Plus } from 'lucide-react'
import { useState } from 'react'
import { type GuestLink, type GuestLinkInput, guestLimits, guestLinkInputSchema } from '../../shared/guests.ts'
import { err, type Result } from '../../shared/result.ts'
import { formatMoment, zoneOf } from '../../shared/units.ts'
import type { Wall } from '../../shared/walls.ts'
import { actThen } from '../app/act.ts'
import { client, orpc, renew } from '../app/client.ts'
import { consoleAddress } from '../app/consoleAddress.ts'
import { type FormField, readEntries, textEntered, type Wrong } from '../app/editing/fields.ts'
import { RemoveDialog } from '../app/editing/Removing.tsx'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { Loaded } from '../app/Loaded.tsx'
import { readTypedMoment } from '../app/typedMoment.ts'
import { usePageParams } from '../app/usePageParams.ts'
import { t } from '../app/words.ts'
import { AddStreams } from '../fleet/AddStreams.tsx'
import { type StreamLines, streamLines } from '../fleet/enteredLines.ts'
import { fleet } from '../fleet/fleet.ts'
import { Button } from '../ui/Button.tsx'
import type { Column } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { engineNow } from '../ui/now.ts'
import { Panel } from '../ui/Panel.tsx'
import { column, textColumn } from '../ui/plainColumns.tsx'
import { ShownOnce } from './ShownOnce.tsx'

interface GuestEntries {
  readonly name: string
  readonly endsAt: string
  readonly shows: string
  readonly wall: string
  /** One a line. */
  readonly streams: string
}

/** `walls`: those that were made in the console. */
function guestFields(walls: readonly Pick<Wall, 'id' | 'name'>[]): readonly FormField<GuestEntries>[] {
  return [
    { id: 'name', kind: 'text', label: 'common.name', help: 'people.guests.nameHint', half: true, input: { maxLength: 60 } },
    { id: 'endsAt', kind: 'text', label: 'people.guests.ends', help: 'people.guests.endsHint', placeholder: '2026-12-31 18:00', half: true },
    {
      id: 'shows',
      kind: 'choice',
      label: 'people.guests.shows',
      options: [
        { value: 'streams', label: 'people.guests.oneByOne' },
        { value: 'wall', label: 'people.guests.wallOf' },
      ],
    },
    {
      id: 'wall',
      kind: 'choice',
      label: 'pages.wall',
      help: 'people.guests.wallHint',
      options: walls.length === 0 ? [{ value: '', label: 'people.guests.noWall' }] : walls.map(({ id, name }) => ({ value: id, label: { name: name ?? '' } })),
      shown: ({ shows }) => shows === 'wall',
      refuse: ({ wall }) => (wall === '' ? 'people.guests.noWall' : null),
    },
    {
      id: 'streams',
      kind: 'lines',
      label: 'common.streams',
      help: 'people.guests.listedHint',
      placeholder: 'Berlin / studio/cam1',
      shown: ({ shows }) => shows === 'streams',
      input: { rows: 6 },
    },
  ]
}

function readGuestLink(
  entered: GuestEntries,
  walls: Parameters<typeof guestFields>[0],
  lines: Pick<StreamLines, 'read'>,
  now: number,
): Result<GuestLinkInput, Wrong> {
  const listed = entered.shows === 'streams' ? lines.read(entered.streams) : []
  const shows = entered.shows === 'wall' ? { kind: 'wall', wallId: entered.wall } : { kind: 'streams', streams: listed.filter((one) => one !== null) }
  const typed = textEntered(entered.endsAt)
  const endsAt = typed === null ? undefined : readTypedMoment(typed, zoneOf(), now, { earliest: now })
  const read = readEntries(guestFields(walls), guestLinkInputSchema, { name: entered.name, shows, endsAt: endsAt ?? undefined }, entered, null)
  const isBeyond = endsAt !== undefined && (endsAt === null || endsAt <= now || endsAt > now + guestLimits.days * 86_400_000)
  const wrong = {
    ...(listed.includes(null) && { streams: 'wall.form.listedWrong' as const }),
    ...(isBeyond && { endsAt: 'people.guests.endsHint' as const }),
  }
  return Object.keys(wrong).length === 0 ? read : err({ ...(read.ok ? {} : read.error), ...wrong })
}

const everyMs = 10_000
const act = actThen('guests')

interface Made {
  readonly link: GuestLink
  readonly address: string
  readonly url: string | null
}

/** Links of guests: made, listed and revoked. The address may say what a new one shows: `new` with `server` and `path`, or `wall`. */
export function GuestLinks() {
  const [params, set] = usePageParams()
  const query = useQuery({ ...orpc.guests.list.queryOptions(), refetchInterval: everyMs })
  const { data: walls } = useQuery(orpc.walls.list.queryOptions())
  const [made, setMade] = useState<Made | null>(null)
  const [revoking, setRevoking] = useState<GuestLink | null>(null)
  const own = walls?.filter(({ kind }) => kind === 'streams') ?? []
  // A desk that is attached or runs its own engine is at no address that guests reach.
  const isReached = location.protocol.startsWith('http')
  const whole = (link: Made) => link.url ?? (isReached ? location.origin + consoleAddress(link.address) : link.address)
  return (
    <Panel
      title={t('people.guests.title')}
      hint={t('people.guests.text')}
      actions={<Button icon={Plus} look="primary" onClick={() => set({ new: 'yes' }, false)} text={t('people.guests.add')} />}
    >
      <Loaded query={query} rows={3}>
        {(links) => <LinksTable links={links} walls={own} onRevoke={setRevoking} />}
      </Loaded>
      {params.has('new') && walls !== undefined && (
        <GuestDialog
          walls={own}
          of={params}
          onMade={(link) => {
            setMade(link)
            void renew('guests')
          }}
          onClose={() => set({ new: null, server: null, path: null, wall: null })}
        />
      )}
      {revoking !== null && (
        <RemoveDialog
          title={t('people.guests.revoke', { name: revoking.name })}
          description={t('people.guests.revokeText')}
          submit={t('people.guests.revokeIt')}
          onRemove={() => void act(client.guests.revoke({ id: revoking.id }), t('people.guests.revoked', { name: revoking.name }))}
          onClose={() => setRevoking(null)}
        />
      )}
      {made !== null && (
        <ShownOnce
          title={t('people.guests.link', { name: made.link.name })}
          description={[
            t('people.guests.linkText', { time: formatMoment(made.link.endsAt, 'minute') }),
            ...(made.url === null && !isReached ? [t('people.guests.linkPath')] : []),
          ].join(' ')}
          secret={whole(made)}
          onClose={() => setMade(null)}
        />
      )}
    </Panel>
  )
}

interface GuestDialogProps {
  readonly walls: readonly Wall[]
  readonly of: URLSearchParams
  readonly onMade: (made: Made) => void
  readonly onClose: () => void
}
function GuestDialog({ walls, of, onMade, onClose }: GuestDialogProps) {
  const lines = streamLines([], fleet.servers())
  const [serverId, path, wall] = [of.get('server'), of.get('path'), of.get('wall')]
  const addStreams = (text: string, enter: (text: string) => void, disabled: boolean) => (
    <AddStreams most={guestLimits.pictures} lines={lines} text={text} disabled={disabled} onText={enter} />
  )
  return (
    <SendDialog
      title={t('people.guests.add')}
      submit={t('common.add')}
      fields={guestFields(walls).map((field) => (field.id === 'streams' ? { ...field, aid: addStreams } : field))}
      start={{
        name: '',
        endsAt: '',
        shows: wall === null ? 'streams' : 'wall',
        wall: wall ?? walls[0]?.id ?? '',
        streams: serverId !== null && path !== null ? lines.lineOf({ serverId, path }) : '',
      }}
      read={(entered) => readGuestLink(entered, walls, lines, engineNow())}
      send={async (input) => onMade(await client.guests.add(input))}
      onClose={onClose}
    />
  )
}

interface LinksTableProps {
  readonly links: readonly GuestLink[]
  readonly walls: readonly Wall[]
  readonly onRevoke: (link: GuestLink) => void
}
function LinksTable({ links, walls, onRevoke }: LinksTableProps) {
  const shown = ({ shows }: GuestLink): string => {
    if (shows.kind === 'streams') return shows.streams.map(({ path }) => path).join(', ')
    return t('people.guests.wall', { name: walls.find(({ id }) => id === shows.wallId)?.name ?? '–' })
  }
  const time = (at: number) => formatMoment(at, 'minute')
  const columns: readonly Column<GuestLink>[] = [
    textColumn('name', t('common.name'), ({ name }) => name, { rank: 0, width: 140, share: 1, className: 'font-medium' }),
    textColumn('shows', t('people.guests.shows'), shown, { rank: 1, width: 200, share: 1 }),
    column('endsAt', t('people.guests.ends'), { rank: 0, width: 190, value: ({ endsAt }) => endsAt }, ({ endsAt }) => time(endsAt)),
    textColumn('lastUsed', t('people.tokens.lastUsed'), ({ lastUsedAt }) => (lastUsedAt === null ? t('common.never') : time(lastUsedAt)), {
      rank: 3,
      width: 140,
      share: 1,
    }),
    textColumn('by', t('people.tokens.by'), ({ by }) => by, { rank: 4, width: 100, share: 1 }),
    column('actions', t('common.edit'), { rank: 0, width: 40, silent: true, numeric: true }, (link) => {
      const label = t('people.guests.revoke', { name: link.name })
      return <Button look="quiet" label={label} onClick={() => onRevoke(link)} className="-my-1" icon={Ban} />
    }),
  ]
  return (
    <DataTable
      label={t('people.guests.title')}
      columns={columns}
      rows={links}
      keyOf={({ id }) => id}
      context={null}
      empty={<p className="py-2 text-faint">{t('people.guests.none')}</p>}
    />
  )
}
