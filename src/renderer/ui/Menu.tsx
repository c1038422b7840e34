import { Popover } from 'radix-ui'
import { Tick } from './Tick.tsx'

interface MenuProps {
  readonly trigger: React.ReactNode
  readonly align?: 'start' | 'end'
  /** Where it opens if there is room. */
  readonly side?: 'bottom' | 'right'
  readonly width: number
  /** Default: content that does not fit scrolls. */
  readonly className?: string
  /** Default: it opens and closes by itself. */
  readonly open?: boolean
  readonly onOpenChange?: (open: boolean) => void
  readonly children: React.ReactNode
}
/** A popover opened by a button. `MenuClose` inside closes it. */
export function Menu({
  trigger,
  align = 'end',
  side = 'bottom',
  width,
  className = 'max-h-[60vh] gap-0.5 overflow-y-auto p-1.5',
  children,
  ...rest
}: MenuProps) {
  return (
    <Popover.Root {...rest}>
      <Popover.Trigger asChild>{trigger}</Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align={align}
          side={side}
          sideOffset={4}
          collisionPadding={8}
          style={{ width }}
          className={`z-50 flex flex-col rounded-md border border-line-strong bg-raised shadow-float ${className}`}
        >
          {children}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}
export const MenuClose = Popover.Close

export function MenuCheck({ checked, onToggle, children }: { readonly checked: boolean; readonly onToggle: () => void; readonly children: React.ReactNode }) {
  return (
    <Tick checked={checked} onTick={onToggle} className="" labelClass="flex cursor-pointer items-center gap-2 rounded px-1.5 py-1 hover:bg-hover">
      {children}
    </Tick>
  )
}
