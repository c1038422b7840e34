import { ChevronLeft, ChevronRight, Maximize, Move, Pause, Pencil, Play, Plus, Share2, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import type { Wall } from '../../shared/walls.ts'
import { act } from '../app/act.ts'
import { client, renew } from '../app/client.ts'
import { RemoveDialog } from '../app/editing/Removing.tsx'
import { toNewGuestLink } from '../app/links.ts'
import { useMoment } from '../app/moment.ts'
import { t } from '../app/words.ts'
import { useMay } from '../fleet/me.tsx'
import { Button } from '../ui/Button.tsx'
import { Select } from '../ui/Select.tsx'
import { Tick } from '../ui/Tick.tsx'
import type { Draft } from './useDraft.ts'
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
export function WallBar(props: WallBarProps) {
  const { walls, wall, nameOf, page, pages, remarks, address, go, onTurn, isStopped, onStop, draft, onFull } = props
  const may = useMay('operate')
  const isFixed = useMoment() !== null || !may
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
      {wall.kind === 'streams' && !isFixed && draft.streams === null && (
        <WallActions wall={wall} onEdit={() => go({ edit: wall.id })} onRemoved={() => go({ wall: 'penalty' })} />
      )}
      <span className="flex items-center">
        <Button look="quiet" label={t('wall.keys.previous')} disabled={pages === 1} onClick={() => onTurn(-1)} className="!px-1" icon={ChevronLeft} />
        <span className="min-w-[70px] text-center text-muted tabular-nums">{t('wall.page', { page: page + 1, pages })}</span>
        <Button look="quiet" label={t('wall.keys.next')} disabled={pages === 1} onClick={() => onTurn(1)} className="!px-1" icon={ChevronRight} />
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
          <Tick labelClass="flex items-center gap-1.5 text-muted" checked={address.over === 'walls'} onTick={(on) => go({ over: on ? 'walls' : 'pages' })}>
            {t('wall.overWalls')}
          </Tick>
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
            <Button look="primary" disabled={draft.isSaving} onClick={() => void draft.save()} text={t('common.save')} />
          </>
        ) : (
          <>
            {wall.kind === 'streams' && !isFixed && <Button icon={Move} onClick={draft.start} keyHint="E" text={t('wall.arrange.start')} />}
            {!isFixed && <Button icon={Plus} onClick={() => go({ edit: 'new' })} text={t('common.newWall')} />}
            <Button icon={Maximize} onClick={onFull} keyHint="F" text={t('common.fullScreen')} />
          </>
        )}
      </span>
    </div>
  )
}

interface WallActionsProps {
  readonly wall: Wall
  readonly onEdit: () => void
  readonly onRemoved: () => void
}
function WallActions({ wall, onEdit, onRemoved }: WallActionsProps) {
  const [asked, setAsked] = useState(false)
  const mayShare = useMay('administer')
  const navigate = useNavigate()
  const name = wall.name ?? ''
  const remove = async () => {
    if (await act(client.walls.remove({ id: wall.id }), t('common.removedName', { name }))) {
      onRemoved()
      await renew('walls')
    }
  }
  const icons = [
    { words: t('common.editName', { name }), Icon: Pencil, run: onEdit },
    ...(mayShare ? [{ words: t('people.guests.add'), Icon: Share2, run: () => void navigate(toNewGuestLink({ wall: wall.id })) }] : []),
    { words: t('common.removeName', { name }), Icon: Trash2, run: () => setAsked(true) },
  ]
  return (
    <>
      {icons.map(({ words, Icon, run }) => (
        <Button key={words} look="quiet" label={words} onClick={run} icon={Icon} />
      ))}
      {asked && (
        <RemoveDialog
          title={t('common.removeName', { name })}
          description={t('wall.removeText')}
          onRemove={() => void remove()}
          onClose={() => setAsked(false)}
        />
      )}
    </>
  )
}
