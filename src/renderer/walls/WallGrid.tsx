import { X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { Button } from '../ui/Button.tsx'
import type { TileView } from './tileViews.ts'

/** How tiles are put in another order; places are those of the whole wall. */
export interface Arranging {
  /** The place of the first tile here. */
  readonly from: number
  readonly onMove: (from: number, to: number) => void
  /** null: tiles come and go by the wall's filter. */
  readonly onRemove: ((place: number) => void) | null
}

interface WallGridProps {
  readonly views: readonly TileView[]
  readonly columns: number
  readonly rows: number
  readonly label: string
  /** null: a click opens what a tile is about. */
  readonly arranging: Arranging | null
  /** Holds what would move under the pointer. */
  readonly hold: Pick<React.ComponentProps<'ul'>, 'onPointerEnter' | 'onPointerMove' | 'onPointerLeave'>
  readonly onFocusWithin: (has: boolean) => void
  /** What it is about is over. */
  readonly isOver: (view: TileView) => boolean
  readonly className?: string
  readonly children: (view: TileView, place: number) => React.ReactNode
}

const steps = (columns: number): Readonly<Record<string, number>> => ({ ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns })
const tileClass =
  'flex h-full w-full flex-col overflow-hidden rounded-[0.3em] border border-line bg-surface text-left text-text outline-offset-[-3px] focus-visible:outline-3 focus-visible:outline-accent'

/** The tiles of one page. Arrow keys go from tile to tile, and while they are arranged take the tile along. */
export function WallGrid({ views, columns, rows, label, arranging, hold, onFocusWithin, isOver, className = '', children }: WallGridProps) {
  const { t } = useTranslation()
  const list = useRef<HTMLUListElement>(null)
  /** The tile that is to keep the focus where it has moved to. */
  const follow = useRef<string | null>(null)
  const [dragged, setDragged] = useState<number | null>(null)
  const [over, setOver] = useState<number | null>(null)
  useEffect(() => {
    if (follow.current === null) return
    tileOf(list.current, follow.current)?.focus()
    follow.current = null
  })
  // A tile that goes with the focus tells nobody.
  useEffect(() => {
    if (!list.current?.contains(document.activeElement)) onFocusWithin(false)
  })
  useEffect(() => () => onFocusWithin(false), [onFocusWithin])
  const onKeyDown = (event: React.KeyboardEvent) => {
    const step = steps(columns)[event.key]
    const key = event.target instanceof HTMLElement ? event.target.dataset.tile : undefined
    const at = views.findIndex((view) => view.key === key)
    if (step === undefined || at < 0 || event.altKey || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    if (arranging === null) {
      const next = views[at + step]
      if (next) tileOf(list.current, next.key)?.focus()
      return
    }
    follow.current = key ?? null
    arranging.onMove(arranging.from + at, arranging.from + at + step)
  }
  const drop = (to: number) => {
    if (arranging !== null && dragged !== null && dragged !== to) arranging.onMove(arranging.from + dragged, arranging.from + to)
    setDragged(null)
    setOver(null)
  }
  return (
    <ul
      ref={list}
      aria-label={label}
      onKeyDown={onKeyDown}
      onFocus={() => onFocusWithin(true)}
      onBlur={({ currentTarget, relatedTarget }) => onFocusWithin(currentTarget.contains(relatedTarget))}
      {...hold}
      className={`grid min-h-0 flex-1 ${className}`}
      style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`, gridTemplateRows: `repeat(${rows}, minmax(var(--wall-least), 1fr))` }}
    >
      {views.map((view, place) => (
        <li
          key={view.key}
          className={`relative min-h-0 min-w-0 ${isOver(view) ? 'stale' : ''} ${over === place && dragged !== place ? 'outline-3 outline-accent' : ''} ${dragged === place ? 'opacity-50' : ''}`}
          {...(arranging !== null && {
            draggable: true,
            onDragStart: (event) => {
              event.dataTransfer.effectAllowed = 'move'
              event.dataTransfer.setData('text/plain', view.name)
              setDragged(place)
            },
            onDragOver: (event) => {
              if (dragged === null) return
              event.preventDefault()
              setOver(place)
            },
            onDrop: (event) => {
              event.preventDefault()
              drop(place)
            },
            onDragEnd: () => {
              setDragged(null)
              setOver(null)
            },
          })}
        >
          {arranging === null ? (
            <Link to={view.to} data-tile={view.key} className={`${tileClass} hover:border-line-strong`}>
              {children(view, place)}
            </Link>
          ) : (
            <>
              <button type="button" data-tile={view.key} className={`${tileClass} cursor-grab !border-accent`}>
                {children(view, place)}
              </button>
              {arranging.onRemove !== null && (
                <Button
                  aria-label={t('common.removeName', { name: view.name })}
                  className="!absolute top-1.5 right-1.5 !px-1.5"
                  onClick={() => arranging.onRemove?.(arranging.from + place)}
                >
                  <X size={14} aria-hidden="true" />
                </Button>
              )}
            </>
          )}
        </li>
      ))}
    </ul>
  )
}

const tileOf = (list: HTMLElement | null, key: string) =>
  [...(list?.querySelectorAll<HTMLElement>('[data-tile]') ?? [])].find((tile) => tile.dataset.tile === key)
