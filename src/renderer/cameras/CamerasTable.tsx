import type { TFunction } from 'i18next'
import { Star } from 'lucide-react'
import { type ReactNode, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
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
import { engineNow, useNow } from '../ui/now.ts'
import { column, figureColumn, linkColumn, textColumn } from '../ui/plainColumns.tsx'
import { useHeldRows } from '../ui/useCalm.ts'
import { CameraMark, conditionOf, conditions, conditionText, ownerText } from './cameraViews.tsx'
import { chosenColumn, type Selection } from './chosenColumn.tsx'
import { setFavourite, useAccountNames } from './useCameras.ts'

/** In the past cameras are shown all the same, as they are now. */
export function NowOnly() {
  return useMoment() !== null && <Banner kind="unknown" title={t('cameras.nowOnly')} />
}

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
    column('favourite', t('cameras.column.favourite'), { rank: 0, width: 34, silent: true }, (camera) => <FavouriteButton camera={camera} />),
    {
      id: 'state',
      head: t('common.state'),
      width: 20 + widthOf(...conditions.map((one) => conditionText(one, t))),
      rank: 0,
      cell: (camera) => <CameraMark camera={camera} />,
      value: (camera) => conditionOf(camera),
    },
    linkColumn('name', t('common.name'), ({ name }) => name, { rank: 0, width: 170, to: ({ id }) => toCamera(id), tabIndex: -1, share: 3 }),
    textColumn('project', t('cameras.column.project'), ({ project }) => project, { rank: 1, width: 120, share: 1 }),
    textColumn('place', t('cameras.column.place'), ({ place }) => place, { rank: 3, width: 120, share: 1 }),
    column('reason', t('common.reason'), { rank: 6, width: 150, share: 2 }, ({ now: { why } }) => (why === null ? '' : muted(reasonText(why, language)))),
    textColumn('owner', t('cameras.column.owner'), (camera) => ownerText(camera, accounts), { rank: 4, width: 110, share: 0.6 }),
    textColumn('tags', t('common.tags'), ({ tags }) => tags.join(', '), { rank: 5, width: 110, share: 0.8 }),
    figureColumn('streams', t('common.streams'), ({ streams }) => streams.length, {
      rank: 5,
      width: widthOf(t('common.streams'), '00'),
      write: (value) => (value === 0 ? <span className="text-faint">{unknownMark}</span> : value),
    }),
    figureColumn('readers', t('common.readers'), ({ now: { readers } }) => readers, {
      rank: 2,
      width: widthOf(t('common.readers'), '0,000'),
      write: (value) => (value === null ? <span className="text-faint">{unknownMark}</span> : formatValue(value, 'count')),
    }),
    figureColumn('since', t('common.since'), ({ now: { since } }) => since, {
      rank: 2.5,
      width: widthOf(formatDuration(3_599_000)),
      // Their states are those of now, also while the window shows the past.
      write: (value) => <span className="text-muted">{value === null ? unknownMark : formatDuration(Math.max(0, engineNow() - value))}</span>,
    }),
  ]
  const unused: readonly string[] = isPlain ? ['owner', 'streams', 'readers', 'tags'] : isOwned ? [] : ['owner']
  return columns.filter(({ id }) => !unused.includes(id))
}
