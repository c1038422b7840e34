import { History } from 'lucide-react'
import { Popover } from 'radix-ui'
import { type ReactNode, useState } from 'react'
import { entryTime, formatDateTime, formatSpan, zoneNameAt, zoneOf } from '../../shared/units.ts'
import { Button } from '../ui/Button.tsx'
import { Chip } from '../ui/Chip.tsx'
import { TextField } from '../ui/Field.tsx'
import { engineNow } from '../ui/now.ts'
import { Tooltip } from '../ui/Tooltip.tsx'
import { useConnection } from './client.ts'
import { setOpen, useOpen } from './frameState.ts'
import { goToMoment, useMoment } from './moment.ts'
import { readTypedMoment } from './typedMoment.ts'
import { t } from './words.ts'

/** Enters a moment below the `Popover.Trigger` among its children. */
export function MomentPopover({ children }: { readonly children: ReactNode }) {
  const open = useOpen() === 'moment'
  return (
    <Popover.Root open={open} onOpenChange={(next) => setOpen(next ? 'moment' : 'none')}>
      {children}
      <Popover.Portal>
        <Popover.Content align="start" sideOffset={6} collisionPadding={8} className="z-50 rounded-md border border-line-strong bg-raised p-3 shadow-float">
          <MomentEntry onDone={() => setOpen('none')} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}

export function GoToPast() {
  return (
    <MomentPopover>
      <Tooltip content={t('past.goTo')}>
        <Popover.Trigger asChild>
          <button type="button" aria-label={t('past.goTo')} className="rounded-md p-1.5 text-muted hover:bg-hover hover:text-text">
            <History size={16} aria-hidden="true" />
          </button>
        </Popover.Trigger>
      </Tooltip>
    </MomentPopover>
  )
}
const minuteMs = 60_000
const earlier = [minuteMs, 10 * minuteMs, 60 * minuteMs, 24 * 60 * minuteMs, 7 * 24 * 60 * minuteMs]
function MomentEntry({ onDone }: { readonly onDone: () => void }) {
  const { hello } = useConnection()
  const moment = useMoment()
  const bundle = hello?.bundle ?? null
  const zone = zoneOf()
  const start = moment ?? engineNow()
  const [text, setText] = useState(() => entryTime(start))
  const [trouble, setTrouble] = useState<string | null>(null)
  const named = (at: number) => `${formatDateTime(at)} ${zoneNameAt(at, zone)}`

  const go = (at: number) => {
    if (bundle !== null && (at < bundle.from || at > bundle.to)) {
      setTrouble(t('past.outside', { from: named(bundle.from), to: named(bundle.to) }))
      return
    }
    if (at > engineNow()) {
      setTrouble(t('past.future'))
      return
    }
    goToMoment(at)
    onDone()
  }
  const submit = () => {
    const at = readTypedMoment(text, zone, start, { latest: engineNow() })
    if (at === null) setTrouble(t('past.unreadable'))
    else go(at)
  }
  return (
    <form
      className="flex w-[340px] flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <div className="flex items-start gap-2">
        <TextField
          label={t('past.moment')}
          autoFocus
          onFocus={(event) => event.target.select()}
          value={text}
          onChange={(event) => {
            setText(event.target.value)
            setTrouble(null)
          }}
          error={trouble}
          hint={t('past.momentHint', { zone: `${zone} (${zoneNameAt(start, zone)})` })}
          className="min-w-0 flex-1"
        />
        <Button look="primary" type="submit" className="mt-[23px]" text={t('history.show')} />
      </div>
      {bundle === null && (
        <div className="flex flex-wrap gap-1.5 border-line border-t pt-2">
          {earlier.map((ms) => (
            <Chip key={ms} onClick={() => go(engineNow() - ms)}>
              {t('common.ageAgo', { age: formatSpan(ms) })}
            </Chip>
          ))}
        </div>
      )}
    </form>
  )
}
