import { Tooltip as Radix } from 'radix-ui'

export function TooltipProvider({ children }: { readonly children: React.ReactNode }) {
  return (
    <Radix.Provider delayDuration={300} skipDelayDuration={200}>
      {children}
    </Radix.Provider>
  )
}

interface TooltipProps {
  readonly content: React.ReactNode
  /** One element that takes focus, such as a button or a link. */
  readonly children: React.ReactNode
  readonly side?: 'top' | 'right' | 'bottom' | 'left'
}
/** Additional text on hover and focus. Essential information must not be shown only here. */
export function Tooltip({ content, children, side = 'bottom' }: TooltipProps) {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-w-[360px] rounded-md border border-line-strong bg-raised px-2.5 py-1.5 text-sm text-text shadow-float"
        >
          {content}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
