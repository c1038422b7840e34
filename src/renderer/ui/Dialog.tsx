import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import { Button } from './Button.tsx'

interface DialogProps {
  readonly open: boolean
  readonly onOpenChange: (open: boolean) => void
  readonly title: string
  readonly description?: React.ReactNode
  readonly closeLabel: string
  /** Buttons at the bottom, the main one last. */
  readonly footer?: React.ReactNode
  readonly width?: number
  readonly children?: React.ReactNode
}
const Frame = ({ open, onOpenChange, title, description, closeLabel, footer, width, className, children }: DialogProps & { readonly className: string }) => (
  <Radix.Root open={open} onOpenChange={onOpenChange}>
    <Radix.Portal>
      <Radix.Overlay className="fixed inset-0 z-40 bg-black/55" />
      <Radix.Content
        {...(description === undefined ? { 'aria-describedby': undefined } : {})}
        style={{ width }}
        className={`fixed z-40 flex max-w-[94vw] flex-col border-line-strong bg-surface shadow-float ${className}`}
      >
        <div className="flex flex-none items-start gap-3 border-b border-line px-4 py-3">
          <div className="min-w-0">
            <Radix.Title className="text-lg font-semibold">{title}</Radix.Title>
            {description !== undefined && <Radix.Description className="text-muted">{description}</Radix.Description>}
          </div>
          <Radix.Close asChild>
            <Button look="quiet" label={closeLabel} className="-mr-2 ml-auto" icon={X} />
          </Radix.Close>
        </div>
        {children !== undefined && <div className="min-h-0 flex-auto overflow-y-auto px-4 py-3">{children}</div>}
        {footer !== undefined && <div className="flex flex-none justify-end gap-2 border-t border-line px-4 py-3">{footer}</div>}
      </Radix.Content>
    </Radix.Portal>
  </Radix.Root>
)

/** A question or a form in the middle of the window. Keeps the focus inside; Escape closes. */
export function Dialog({ width = 480, ...rest }: DialogProps) {
  return <Frame {...rest} width={width} className="top-1/2 left-1/2 max-h-[90vh] -translate-x-1/2 -translate-y-1/2 rounded-lg border" />
}

/** A full-height dialog at the right edge, for details of a row. Store what is open in the address. */
export function Drawer({ width = 520, ...rest }: DialogProps) {
  return <Frame {...rest} width={width} className="top-0 right-0 h-full border-l" />
}
