import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import { Button } from './Button.tsx'

interface DialogProps {
  readonly open: boolean
  readonly onOpenChange: (open: boolean) => void
  readonly title: string
  readonly description?: React.ReactNode
  /** The word for closing, from the catalogue. */
  readonly closeLabel: string
  /** Buttons at the bottom, the main one last. */
  readonly footer?: React.ReactNode
  readonly width?: number
  readonly children?: React.ReactNode
}
const overlay = 'fixed inset-0 z-40 bg-black/55'
const head = (title: string, description: React.ReactNode, closeLabel: string) => (
  <div className="flex flex-none items-start gap-3 border-b border-line px-4 py-3">
    <div className="min-w-0">
      <Radix.Title className="text-lg font-semibold">{title}</Radix.Title>
      {description !== undefined && <Radix.Description className="text-muted">{description}</Radix.Description>}
    </div>
    <Radix.Close asChild>
      <Button look="quiet" aria-label={closeLabel} className="-mr-2 ml-auto !px-1.5">
        <X size={16} />
      </Button>
    </Radix.Close>
  </div>
)

/** A question or a form in the middle of the window. Keeps the focus inside; Escape closes. */
export const Dialog = ({ open, onOpenChange, title, description, closeLabel, footer, width = 480, children }: DialogProps) => (
  <Radix.Root open={open} onOpenChange={onOpenChange}>
    <Radix.Portal>
      <Radix.Overlay className={overlay} />
      <Radix.Content
        {...(description === undefined ? { 'aria-describedby': undefined } : {})}
        style={{ width }}
        className="fixed top-1/2 left-1/2 z-40 flex max-h-[90vh] max-w-[94vw] -translate-x-1/2 -translate-y-1/2 flex-col rounded-lg border border-line-strong bg-surface shadow-float"
      >
        {head(title, description, closeLabel)}
        {children !== undefined && <div className="min-h-0 overflow-y-auto px-4 py-3">{children}</div>}
        {footer !== undefined && <div className="flex flex-none justify-end gap-2 border-t border-line px-4 py-3">{footer}</div>}
      </Radix.Content>
    </Radix.Portal>
  </Radix.Root>
)

/** The same at the right edge, over the full height: details of a row. Keep what is open in the address. */
export const Drawer = ({ open, onOpenChange, title, description, closeLabel, footer, width = 520, children }: DialogProps) => (
  <Radix.Root open={open} onOpenChange={onOpenChange}>
    <Radix.Portal>
      <Radix.Overlay className={overlay} />
      <Radix.Content
        {...(description === undefined ? { 'aria-describedby': undefined } : {})}
        style={{ width }}
        className="fixed top-0 right-0 z-40 flex h-full max-w-[94vw] flex-col border-line-strong border-l bg-surface shadow-float"
      >
        {head(title, description, closeLabel)}
        <div className="min-h-0 flex-1 overflow-y-auto px-4 py-3">{children}</div>
        {footer !== undefined && <div className="flex flex-none justify-end gap-2 border-t border-line px-4 py-3">{footer}</div>}
      </Radix.Content>
    </Radix.Portal>
  </Radix.Root>
)
