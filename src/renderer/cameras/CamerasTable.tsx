import type { TFunction } from 'i18next'
import { Star } from 'lucide-react'
import { type ReactNode, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'
import type { Language } from '../../i18n/languages.ts'
import { reasonText } from '../../i18n/reasonText.ts'
import type { Camera } from '../../shared/cameras.ts'
import { formatDuration, formatValue, unknownMark } from '../../shared/units.ts'
import { act } from '../app/act.ts'
import { toCamera } from '../app/links.ts'
import { useMoment } from '../app/moment.ts'
import { t, useLanguage } from '../app/words.ts'
import { Banner } from '../ui/Banner.tsx'
import { Button } from '../ui/Button.tsx'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { useNow } from '../ui/now.ts'
import { useHeldRows } from '../ui/useCalm.ts'
import { CameraMark, conditionOf, conditions, conditionText, ownerText } from './cameraViews.tsx'
import { chosenColumn, type Selection } from './chosenColumn.tsx'
import { setFavourite, useAccountNames } from './useCameras.ts'

/** In the past cameras are shown all the same, as they are now. */
export function NowOnly() {
  return useMoment() !== null && <Banner kind="unknown" title={t('cameras.nowOnly')} />
}

/** Marks a camera as a favourite, or not. */
export function FavouriteButton({ camera }: { readonly camera: Pick<Camera, 'id' | 'name' | 'isFavourite'> }) {
  const words = t(camera.isFavourite ? 'cameras.noFavourite' : 'cameras.favourite', { name: camera.name })
  return (
    <Button
      look="quiet"
      aria-label={words}
      aria-pressed={camera.isFavourite}
      title={words}
      onClick={() => void act(setFavourite(camera, !camera.isFavourite))}
      className="!min-h-[24px] !px-1"
    >
      <Star size={14} className={camera.isFavourite ? 'fill-current text-accent' : 'text-faint'} aria-hidden="true" />
    </Button>
  )
}

interface Context {
  readonly now: number
}

interface CamerasTableProps {
  readonly cameras: readonly Camera[]
  /** null: nothing can be chosen. */
  readonly selection: Selection | null
  /** Who may see no more than his cameras has no use for the rest. */
  readonly isPlain?: boolean
  /** A change releases rows that are held under the pointer. */
  readonly occasion: string
  readonly empty: ReactNode
}
/** Cameras, one a row: favourites first, unless they are sorted by another column. */
export function CamerasTable({ cameras, selection, isPlain = false, occasion, empty }: CamerasTableProps) {
  const { t } = useTranslation()
  const language = useLanguage()
  const navigate = useNavigate()
  const now = useNow()
  const accounts = useAccountNames()
  const { rows, hold } = useHeldRows(cameras, keyOf, occasion)
  // A column in which nothing would stand gives its room to others.
  const isOwned = useMemo(() => cameras.some(({ owner }) => owner !== null), [cameras])
  const columns = useMemo(() => cameraColumns(t, language, accounts, { isPlain, isOwned }), [t, language, accounts, isPlain, isOwned])
  return (
    <DataTable
      label={t('pages.cameras')}
      columns={selection === null ? columns : [chosenColumn(t, { ...selection, rows, keyOf, nameOf: ({ name }) => name }), ...columns]}
      rows={rows}
      keyOf={keyOf}
      context={{ now }}
      rowPx={34}
      onOpen={({ id }) => void navigate(toCamera(id))}
      hold={hold}
      empty={empty}
    />
  )
}
const keyOf = ({ id }: Camera) => id

function cameraColumns(
  t: TFunction,
  language: Language,
  accounts: ReadonlyMap<string, string>,
  { isPlain, isOwned }: { readonly isPlain: boolean; readonly isOwned: boolean },
): readonly Column<Camera, Context>[] {
  const muted = (text: string) => (
    <span className="text-muted" title={text}>
      {text}
    </span>
  )
  const columns: readonly Column<Camera, Context>[] = [
    {
      id: 'favourite',
      head: t('cameras.column.favourite'),
      silent: true,
      width: 34,
      rank: 0,
      cell: (camera) => <FavouriteButton camera={camera} />,
    },
    {
      id: 'state',
      head: t('common.state'),
      width: 20 + widthOf(...conditions.map((one) => conditionText(one, t))),
      rank: 0,
      cell: (camera) => <CameraMark camera={camera} t={t} />,
      value: (camera) => conditionOf(camera),
    },
    {
      id: 'name',
      head: t('common.name'),
      width: 170,
      share: 3,
      rank: 0,
      cell: ({ id, name }) => (
        <Link to={toCamera(id)} tabIndex={-1} className="font-medium hover:underline" title={name}>
          {name}
        </Link>
      ),
      value: ({ name }) => name,
    },
    {
      id: 'project',
      head: t('cameras.column.project'),
      width: 120,
      share: 1,
      rank: 1,
      cell: ({ project }) => muted(project),
      value: ({ project }) => project || null,
    },
    { id: 'place', head: t('cameras.column.place'), width: 120, share: 1, rank: 3, cell: ({ place }) => muted(place), value: ({ place }) => place || null },
    {
      id: 'reason',
      head: t('common.reason'),
      width: 150,
      share: 2,
      rank: 6,
      cell: ({ now: { why } }) => (why === null ? '' : muted(reasonText(why, language))),
    },
    {
      id: 'owner',
      head: t('cameras.column.owner'),
      width: 110,
      share: 0.6,
      rank: 4,
      cell: (camera) => muted(ownerText(camera, accounts, t)),
      value: (camera) => ownerText(camera, accounts, t) || null,
    },
    {
      id: 'tags',
      head: t('common.tags'),
      width: 110,
      share: 0.8,
      rank: 5,
      cell: ({ tags }) => muted(tags.join(', ')),
      value: ({ tags }) => tags.join(', ') || null,
    },
    {
      id: 'streams',
      head: t('common.streams'),
      width: widthOf(t('common.streams'), '00'),
      numeric: true,
      rank: 5,
      cell: ({ streams }) => (streams.length === 0 ? <span className="text-faint">{unknownMark}</span> : streams.length),
      value: ({ streams }) => streams.length,
    },
    {
      id: 'readers',
      head: t('common.readers'),
      width: widthOf(t('common.readers'), '0,000'),
      numeric: true,
      rank: 2,
      cell: ({ now: { readers } }) => (readers === null ? <span className="text-faint">{unknownMark}</span> : formatValue(readers, 'count')),
      value: ({ now: { readers } }) => readers,
    },
    {
      id: 'since',
      head: t('common.since'),
      width: widthOf(formatDuration(3_599_000)),
      numeric: true,
      rank: 2.5,
      cell: ({ now: { since } }, { now }) => <span className="text-muted">{since === null ? unknownMark : formatDuration(Math.max(0, now - since))}</span>,
      value: ({ now: { since } }) => since,
    },
  ]
  const unused: readonly string[] = isPlain ? ['owner', 'streams', 'readers', 'tags'] : isOwned ? [] : ['owner']
  return columns.filter(({ id }) => !unused.includes(id))
}
