import { History } from 'lucide-react'
import { Popover } from 'radix-ui'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Tooltip } from '../ui/Tooltip.tsx'
import { setOpen, useOpen } from './frameState.ts'
import { MomentEntry } from './MomentEntry.tsx'

/** Where the moment is entered, below the `Popover.Trigger` among its children. */
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

/** The way into the past from the top bar. */
export function GoToPast() {
  const { t } = useTranslation()
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
