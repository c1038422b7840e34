import { ChevronLeft, ChevronRight, Maximize, Move, Pause, Play, Plus } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { Wall } from '../../shared/walls.ts'
import { useMoment } from '../app/moment.ts'
import { Button } from '../ui/Button.tsx'
import { Select } from '../ui/Select.tsx'
import type { Draft } from './useDraft.ts'
import { WallActions } from './WallActions.tsx'
import { rotations, type WallAddress } from './wallAddress.ts'

interface WallBarProps {
  readonly walls: readonly Wall[]
  readonly wall: Wall
  readonly nameOf: (wall: Wall) => string
  readonly page: number
  readonly pages: number
  readonly remarks: readonly string[]
  readonly address: WallAddress
  readonly go: (change: Partial<WallAddress>) => void
  readonly onTurn: (step: 1 | -1) => void
  readonly isStopped: boolean
  readonly onStop: () => void
  readonly draft: Draft
  readonly onFull: () => void
}
/** Above a wall at the desk: which one, which page, whether it turns, and what can be done with it. */
export function WallBar(props: WallBarProps) {
  const { walls, wall, nameOf, page, pages, remarks, address, go, onTurn, isStopped, onStop, draft, onFull } = props
  const { t } = useTranslation()
  const past = useMoment() !== null
  const options = [null, ...new Set([...rotations, ...(address.rotate === null ? [] : [address.rotate])])].map((seconds) => ({
    value: String(seconds),
    label: seconds === null ? t('wall.standsStill') : t('wall.every', { seconds }),
  }))
  return (
    <div className="flex flex-none flex-wrap items-center gap-x-2 gap-y-1.5">
      <Select
        label={t('pages.wall')}
        value={wall.id}
        onChange={(id) => go({ wall: id })}
        options={walls.map((one) => ({ value: one.id, label: nameOf(one) }))}
        passesKeys
        className="min-w-[180px] font-semibold"
      />
      {wall.kind === 'streams' && !past && draft.streams === null && (
        <WallActions wall={wall} walls={walls} onEdit={() => go({ edit: wall.id })} onRemoved={() => go({ wall: 'penalty' })} />
      )}
      <span className="flex items-center">
        <Button look="quiet" aria-label={t('wall.keys.previous')} disabled={pages === 1} onClick={() => onTurn(-1)} className="!px-1">
          <ChevronLeft size={16} aria-hidden="true" />
        </Button>
        <span className="min-w-[70px] text-center text-muted tabular-nums">{t('wall.page', { page: page + 1, pages })}</span>
        <Button look="quiet" aria-label={t('wall.keys.next')} disabled={pages === 1} onClick={() => onTurn(1)} className="!px-1">
          <ChevronRight size={16} aria-hidden="true" />
        </Button>
      </span>
      <Select
        label={t('wall.rotation')}
        value={String(address.rotate)}
        onChange={(value) => go({ rotate: value === 'null' ? null : Number(value) })}
        options={options}
        passesKeys
      />
      {address.rotate !== null && (
        <>
          <label className="flex items-center gap-1.5 text-muted">
            <input
              type="checkbox"
              checked={address.over === 'walls'}
              onChange={(event) => go({ over: event.target.checked ? 'walls' : 'pages' })}
              className="h-4 w-4 accent-(--accent)"
            />
            {t('wall.overWalls')}
          </label>
          <Button look="quiet" aria-pressed={isStopped} onClick={onStop} className="!px-1.5">
            {isStopped ? <Play size={14} aria-hidden="true" /> : <Pause size={14} aria-hidden="true" />} {t(isStopped ? 'common.play' : 'common.pause')}
          </Button>
        </>
      )}
      <span className="min-w-0 truncate text-muted">{remarks.join(' · ')}</span>
      <span className="ml-auto flex flex-wrap items-center gap-1.5">
        {draft.streams !== null ? (
          <>
            <span className="text-muted">{t('wall.arrange.hint')}</span>
            <Button onClick={draft.cancel}>{t('common.cancel')}</Button>
            <Button look="primary" disabled={draft.isSaving} onClick={() => void draft.save()}>
              {t('common.save')}
            </Button>
          </>
        ) : (
          <>
            {wall.kind === 'streams' && !past && (
              <Button onClick={draft.start} keyHint="E">
                <Move size={13} aria-hidden="true" /> {t('wall.arrange.start')}
              </Button>
            )}
            {!past && (
              <Button onClick={() => go({ edit: 'new' })}>
                <Plus size={13} aria-hidden="true" /> {t('common.newWall')}
              </Button>
            )}
            <Button onClick={onFull} keyHint="F">
              <Maximize size={13} aria-hidden="true" /> {t('common.fullScreen')}
            </Button>
          </>
        )}
      </span>
    </div>
  )
}
