import { type GuestLinkInput, guestLimits, guestLinkInputSchema } from '../../shared/guests.ts'
import { err, type Result } from '../../shared/result.ts'
import { zoneOf } from '../../shared/units.ts'
import type { Wall } from '../../shared/walls.ts'
import { type FormField, readEntries, textEntered, type Wrong } from '../app/editing/fields.ts'
import { readTypedMoment } from '../app/typedMoment.ts'
import type { StreamLines } from '../fleet/enteredLines.ts'

interface GuestEntries {
  readonly name: string
  readonly endsAt: string
  readonly shows: string
  readonly wall: string
  /** One a line. */
  readonly streams: string
}

/** `walls`: those that were made in the console. */
export function guestFields(walls: readonly Pick<Wall, 'id' | 'name'>[]): readonly FormField<GuestEntries>[] {
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

export function readGuestLink(
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
